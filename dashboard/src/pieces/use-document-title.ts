import { useEffect } from 'react';
import { visibleText } from './hostile-text.js';

export function useDocumentTitle(title: string): void {
  useEffect(() => {
    document.title = `${visibleText(title, 100)} · Portcullis`;
  }, [title]);
}
