import { createTheme, type CSSVariablesResolver, type MantineColorsTuple } from '@mantine/core';
import { PAGE, TONE_COLOURS, TONES } from './verdict-colours.js';

const iris: MantineColorsTuple = [
  '#eef0fd',
  '#dce0fa',
  '#b9c2f5',
  '#95a3f0',
  '#7789ea',
  '#6076e6',
  '#4a5fd9',
  '#3b4fc4',
  '#3445ad',
  '#2b3a94',
];
/** Greys with a little blue, from the page's ink to its lines; dark is read from 0 (text) to 9. */
const slate: MantineColorsTuple = [
  '#dfe2e8',
  '#b9bfca',
  '#9aa2b0',
  '#767e8d',
  '#3d434e',
  '#30353f',
  '#252931',
  '#1b1e24',
  '#16181d',
  '#101215',
];
const stone: MantineColorsTuple = [
  '#f7f8fa',
  '#eff0f3',
  '#e5e7ec',
  '#d9dce3',
  '#c3c8d2',
  '#9da4b1',
  '#656c7a',
  '#4a4f5a',
  '#2d3139',
  '#1a1d23',
];

const small = { defaultProps: { size: 'sm' } };

const ruby: MantineColorsTuple = [
  '#fdebec',
  '#fbd5d8',
  '#f5aab0',
  '#ef808a',
  '#e5646d',
  '#d6404c',
  '#b01e2b',
  '#b01e2b',
  '#98172a',
  '#7f1122',
];

/** Notices in our tones: Mantine's yellow on yellow is too faint for a title. */
const alertColours = Object.fromEntries(
  Object.entries({ red: 'deny', yellow: 'alert', green: 'allow', gray: 'neutral' }).map(([colour, tone]) => [
    colour,
    { '--alert-color': `var(--tone-${tone}-ink)`, '--alert-bg': `var(--tone-${tone}-surface)` },
  ]),
);

/** The look of everything: dense, quiet, one accent. */
export const theme = createTheme({
  colors: { iris, red: ruby, dark: slate, gray: stone },
  primaryColor: 'iris',
  primaryShade: { light: 7, dark: 7 },
  black: '#1a1d23',
  defaultRadius: 6,
  cursorType: 'pointer',
  fontFamily:
    'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace:
    'ui-monospace, "SF Mono", "JetBrains Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  spacing: { xs: '0.375rem', sm: '0.625rem', md: '1rem', lg: '1.5rem', xl: '2.25rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.25rem', lineHeight: '1.3' },
      h2: { fontSize: '1rem', lineHeight: '1.35' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  // By name: naming the components themselves would put all of them into the first load.
  components: {
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray' } },
    Alert: {
      vars: (_: unknown, { color }: { color?: string }) => ({ root: alertColours[color ?? ''] ?? {} }),
    },
    Anchor: { defaultProps: { underline: 'hover' } },
    Button: { ...small, vars: () => ({ root: { '--button-height': '32px', '--button-padding-x': '13px' } }) },
    Checkbox: small,
    Modal: { defaultProps: { centered: true, radius: 'md', closeButtonProps: { 'aria-label': 'Close' } } },
    Input: { vars: () => ({ wrapper: { '--input-height': '34px' } }) },
    MultiSelect: small,
    NumberInput: small,
    PasswordInput: small,
    SegmentedControl: small,
    Select: small,
    Switch: { defaultProps: { size: 'sm', withThumbIndicator: false } },
    Table: { defaultProps: { verticalSpacing: 6, horizontalSpacing: 'sm' } },
    Tabs: { defaultProps: { keepMounted: false } },
    TagsInput: small,
    TextInput: small,
    Textarea: { defaultProps: { size: 'sm', autosize: true, minRows: 2 } },
    Tooltip: { defaultProps: { openDelay: 300, withArrow: false, multiline: true, maw: 360 } },
  },
});

/** Our own tokens beside Mantine's: `--tone-<name>-ink | surface | mark`, and the page's layers. */
export const cssVariables: CSSVariablesResolver = () => {
  const tones = (scheme: 'light' | 'dark') =>
    Object.fromEntries(
      TONES.flatMap((tone) =>
        Object.entries(TONE_COLOURS[scheme][tone]).map(([part, colour]) => [
          `--tone-${tone}-${part}`,
          colour,
        ]),
      ),
    );
  return {
    variables: {},
    light: {
      ...tones('light'),
      '--mantine-color-body': PAGE.light,
      '--page-sunken': '#f7f8fa',
      '--page-raised': '#ffffff',
      '--page-line': '#e5e7ec',
      '--page-skeleton': '#eceef2',
      '--mantine-color-dimmed': '#5f6673',
      '--row-hover': '#f4f5f8',
      '--row-current': '#eef0fd',
      '--mantine-color-error': '#b01e2b',
      '--mantine-color-placeholder': '#6b7280',
    },
    dark: {
      ...tones('dark'),
      '--mantine-color-body': PAGE.dark,
      '--page-sunken': '#121418',
      '--page-raised': '#1b1e24',
      '--page-line': '#2c313a',
      '--page-skeleton': '#23272f',
      '--mantine-color-dimmed': '#9aa2b0',
      '--row-hover': '#1d2027',
      '--row-current': '#232a4a',
      '--mantine-color-error': '#ff9ea3',
      '--mantine-color-placeholder': '#8b93a2',
      '--mantine-color-anchor': '#a9b6fb',
      '--mantine-color-red-light-color': '#ff9ea3',
    },
  };
};
