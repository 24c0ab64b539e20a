import { describe, expect, it } from 'vitest';
import { pressName, ShortcutRegistry, type KeyPress } from './shortcut-registry.js';

const key = (name: string, parts: Partial<KeyPress> = {}): KeyPress => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...parts,
});
const shortcut = (keys: string, always = false) => ({
  keys,
  label: keys,
  group: 'Test',
  always,
  run: () => undefined,
});

describe('pressName', () => {
  it.each([
    [key('k', { ctrlKey: true }), 'mod+k'],
    [key('k', { metaKey: true }), 'mod+k'],
    [key('?', { shiftKey: true }), '?'],
    [key('X', { shiftKey: true }), 'shift+x'],
    [key('ArrowUp', { altKey: true }), 'alt+ArrowUp'],
    [key('Enter'), 'Enter'],
  ])('%j is %s', (press, name) => {
    expect(pressName(press)).toBe(name);
  });
});

describe('a registry of shortcuts', () => {
  it('waits for the second key of a sequence, and not for long', () => {
    const registry = new ShortcutRegistry();
    registry.add([shortcut('g l'), shortcut('l')]);
    expect(registry.press(key('g'), false, 0)).toBeUndefined();
    expect(registry.press(key('l'), false, 500)?.keys).toBe('g l');
    expect(registry.press(key('g'), false, 1_000)).toBeUndefined();
    expect(registry.press(key('l'), false, 5_000)?.keys).toBe('l');
  });

  it('reads a key that ends no sequence as itself', () => {
    const registry = new ShortcutRegistry();
    registry.add([shortcut('g l'), shortcut('j')]);
    registry.press(key('g'), false, 0);
    expect(registry.press(key('j'), false, 10)?.keys).toBe('j');
  });

  it('leaves a person who types alone, save for what works always', () => {
    const registry = new ShortcutRegistry();
    registry.add([shortcut('j'), shortcut('mod+k', true)]);
    expect(registry.press(key('j'), true, 0)).toBeUndefined();
    expect(registry.press(key('k', { ctrlKey: true }), true, 0)?.keys).toBe('mod+k');
  });

  it('prefers the latest, and forgets what is taken away', () => {
    const registry = new ShortcutRegistry();
    const page = shortcut('Escape');
    const drawer = shortcut('Escape');
    registry.add([page]);
    const remove = registry.add([drawer]);
    expect(registry.press(key('Escape'), false, 0)).toBe(drawer);
    remove();
    expect(registry.press(key('Escape'), false, 0)).toBe(page);
    expect(registry.all()).toEqual([page]);
  });

  it('tells its listeners', () => {
    const registry = new ShortcutRegistry();
    let told = 0;
    registry.subscribe(() => (told += 1));
    registry.add([shortcut('j')])();
    expect(told).toBe(2);
  });
});
