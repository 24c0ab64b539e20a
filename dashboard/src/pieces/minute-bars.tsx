import classes from './minute-bars.module.css';

/** Calls of the last minutes as bars: a shape to see at a glance, with the figure beside it in words. */
export function MinuteBars({ counts, label }: { counts: readonly number[]; label: string }) {
  const most = Math.max(1, ...counts);
  return (
    <svg
      className={classes['bars']}
      viewBox={`0 0 ${counts.length * 4} 24`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {counts.map((count, index) => {
        const height = count === 0 ? 1 : Math.max(3, (count / most) * 24);
        return (
          <rect
            key={index}
            x={index * 4}
            y={24 - height}
            width={3}
            height={height}
            data-empty={count === 0 || undefined}
          />
        );
      })}
    </svg>
  );
}
