/** Version of this build, as `/health` and the OpenAPI document show it. */
export const VERSION = '0.1.0';
