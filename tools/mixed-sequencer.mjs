import { BaseSequencer } from 'vitest/node';

/**
 * Two files run at a time: one that mostly waits, for processes that were killed and come back, beside one that keeps a
 * core busy. The usual order, a project after another, has the waiting ones all together at the end.
 */
export class MixedSequencer extends BaseSequencer {
  /** @param {import('vitest/node').TestSpecification[]} files */
  async sort(files) {
    const sorted = await super.sort(files);
    const orders = [...new Set(sorted.map(orderOf))];
    return orders.flatMap((order) => {
      const group = sorted.filter((file) => orderOf(file) === order);
      return alternate(
        group.filter(isWaiting),
        group.filter((file) => !isWaiting(file)),
      );
    });
  }
}

/** @param {import('vitest/node').TestSpecification} file */
function orderOf(file) {
  return file.project.config.sequence.groupOrder;
}

/** @param {import('vitest/node').TestSpecification} file */
function isWaiting({ moduleId, project }) {
  return (
    project.name === 'faults' || /killed|process|crash|faults/.test(moduleId.slice(moduleId.lastIndexOf('/')))
  );
}

/** @template Item @param {Item[]} first @param {Item[]} second */
function alternate(first, second) {
  const longest = Math.max(first.length, second.length);
  return Array.from({ length: longest }, (_, n) => [
    ...first.slice(n, n + 1),
    ...second.slice(n, n + 1),
  ]).flat();
}
