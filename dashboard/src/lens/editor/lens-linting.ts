import { linter, type Diagnostic } from '@codemirror/lint';
import { quickFix } from '@portcullis/lens';
import { diagnosedText } from './lens-highlighting.js';

/** Mistakes underlined at their place, each with its correction to press. */
export const lensLinting = linter(
  (view) => {
    const text = view.state.doc.toString();
    return view.state.field(diagnosedText).diagnostics.map((found): Diagnostic => {
      const fix = quickFix(text, found);
      return {
        from: Math.min(found.from, text.length),
        to: Math.min(Math.max(found.to, found.from), text.length),
        severity: found.severity,
        message: found.message,
        ...(fix === null
          ? {}
          : {
              actions: [
                {
                  name: `Write ${fix.insert}`,
                  apply: (target) =>
                    target.dispatch({ changes: fix, selection: { anchor: fix.from + fix.insert.length } }),
                },
              ],
            }),
      };
    });
  },
  { delay: 500 },
);
