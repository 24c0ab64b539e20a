import { Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { useDocumentTitle } from './use-document-title.js';
import classes from './page.module.css';

interface PageProps {
  readonly title: string;
  /** In the place of the title text, when it needs more than words. */
  readonly heading?: ReactNode;
  /** One quiet sentence below the title. */
  readonly lead?: ReactNode;
  readonly actions?: ReactNode;
  /** For pages that use the whole window, such as tables that scroll in themselves. */
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** In the heading while the name of what is shown is on its way: `word` is read out in its place. */
export function HeadingSkeleton({ word }: { readonly word: string }) {
  return (
    <>
      <span className="visually-hidden">{word}</span>
      <Skeleton component="span" display="block" height={22} width={240} />
    </>
  );
}

/** The frame of a page: its heading, what can be done there, its content. */
export function Page({ title, heading, lead, actions, wide = false, children }: PageProps) {
  useDocumentTitle(title);
  return (
    <div className={classes['page']} data-wide={wide || undefined}>
      <header className={classes['header']}>
        <h1 className={classes['title']}>{heading ?? title}</h1>
        {actions !== undefined && actions !== false && <div className={classes['actions']}>{actions}</div>}
        {lead !== undefined && <p className={classes['lead']}>{lead}</p>}
      </header>
      {children}
    </div>
  );
}
