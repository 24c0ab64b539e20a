/** The words a call can end with; each has a colour of its own in both schemes. */
export const VERDICTS = ['allow', 'deny', 'alert', 'hold', 'redact'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What a colour says, beside the verdicts: for states, severities and outcomes. */
export const TONES = [...VERDICTS, 'neutral', 'info'] as const;
export type Tone = (typeof TONES)[number];

export interface ToneColours {
  /** Text and shape; at least 4.5 : 1 on `surface` and on the page. */
  readonly ink: string;
  readonly surface: string;
  /** For lines and bars of charts; at least 3 : 1 on the page. */
  readonly mark: string;
}

/** The page under everything, as the theme sets it; the contrast is tested against these. */
export const PAGE = { light: '#ffffff', dark: '#16181d' } as const;

export const TONE_COLOURS: Record<'light' | 'dark', Record<Tone, ToneColours>> = {
  light: {
    allow: { ink: '#136b3c', surface: '#e7f5ec', mark: '#2f9e63' },
    deny: { ink: '#b01e2b', surface: '#fdebec', mark: '#d6404c' },
    alert: { ink: '#8a4b00', surface: '#fff2da', mark: '#c67a0a' },
    hold: { ink: '#5e38ad', surface: '#f0eafb', mark: '#8661cf' },
    redact: { ink: '#0b5f7d', surface: '#e3f3f9', mark: '#2089ad' },
    neutral: { ink: '#4a4f5a', surface: '#eff0f3', mark: '#7d8492' },
    info: { ink: '#3346b0', surface: '#eaedfb', mark: '#5569d6' },
  },
  dark: {
    allow: { ink: '#79d69f', surface: '#16301f', mark: '#45b477' },
    deny: { ink: '#ff9ea3', surface: '#40191d', mark: '#e5646d' },
    alert: { ink: '#f2c172', surface: '#382a10', mark: '#d59a36' },
    hold: { ink: '#c6b2f7', surface: '#2c2245', mark: '#9c80dd' },
    redact: { ink: '#80cfea', surface: '#12303c', mark: '#3fa5c8' },
    neutral: { ink: '#b9bfca', surface: '#282c34', mark: '#868e9c' },
    info: { ink: '#a9b6fb', surface: '#232a4a', mark: '#7487e8' },
  },
};
