import classes from './foreign-text.module.css';
import { textParts } from './hostile-text.js';

/** Text that came from a machine or a stranger: isolated from the text around it, with every acting character visible. */
export function ForeignText({
  text,
  mono = false,
  longest,
}: {
  text: string;
  mono?: boolean;
  longest?: number;
}) {
  const parts = textParts(text, longest);
  return (
    <bdi className={mono ? classes['mono'] : undefined}>
      {parts.map((part, index) =>
        part.kind === 'plain' ? (
          part.text
        ) : (
          <span
            key={index}
            className={classes['escaped']}
            title="A character that would not be seen, or would act"
          >
            {part.text}
          </span>
        ),
      )}
    </bdi>
  );
}
