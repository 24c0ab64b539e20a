import classes from './logo.module.css';

export function Logo({ withName = false }: { withName?: boolean }) {
  return (
    <span className={classes['logo']}>
      <svg viewBox="0 0 32 32" width="24" height="24" role="img" aria-label="Portcullis">
        <rect width="32" height="32" rx="7" fill="#3b4fc4" />
        <path
          d="M9 26V13a7 7 0 0 1 14 0v13M9 17h14M9 22h14M14 8v18M18 8v18"
          fill="none"
          stroke="#fff"
          strokeWidth="2"
          strokeLinecap="round"
        />
      </svg>
      {withName && <span className={classes['name']}>Portcullis</span>}
    </span>
  );
}
