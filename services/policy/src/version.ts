/** Version of this build, as `/health` shows it. */
export const VERSION = '0.1.0';
