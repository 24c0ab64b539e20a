import { describe, expect, it } from 'vitest';
import { destructiveVerb } from './destructive-verb.js';

describe('a destructive name', () => {
  it.each([
    ['delete_repo', 'delete'],
    ['delete-repo', 'delete'],
    ['delete repo', 'delete'],
    ['deleteRepo', 'delete'],
    ['DeleteRepo', 'delete'],
    ['DELETE_REPO', 'delete'],
    ['DELETERepo', 'delete'],
    ['delete', 'delete'],
    ['delete2', 'delete'],
    ['_delete_repo', 'delete'],
    ['drop_table', 'drop'],
    ['truncateLogs', 'truncate'],
    ['destroy-cluster', 'destroy'],
    ['purge_queue', 'purge'],
    ['db.drop_table', 'drop'],
    ['repos/delete', 'delete'],
    ['github__delete_repo', 'delete'],
    ['admin:purgeAll', 'purge'],
    ['deleteROW', 'delete'],
    ['dropTable', 'drop'],
    ['mcp__github__deleteRepo', 'delete'],
    // Cyrillic, Greek and Latin letters that look the same.
    ['d\u0435lete_repo', 'delete'],
    ['d\u0435l\u0435t\u0435Repo', 'delete'],
    ['dr\u043ep_table', 'drop'],
    ['\u0501\u0435\u04cf\u0435t\u0435', 'delete'],
    ['\u0440urge_queue', 'purge'],
    ['D\u0415L\u0415T\u0415_REPO', 'delete'],
    ['purg\u03b5', 'purge'],
    // Accents, and what cannot be seen.
    ['d\u00e9lete_repo', 'delete'],
    ['de\u200blete_repo', 'delete'],
    ['\u202edelete_repo', 'delete'],
    ['de\u00adlete', 'delete'],
    ['de\u0000lete', 'delete'],
    // Digits and capitals.
    ['de1ete_repo', 'delete'],
    ['deIete_repo', 'delete'],
    ['dr0p_table', 'drop'],
    // Fullwidth letters read the same.
    ['ｄｅｌｅｔｅ_repo', 'delete'],
  ])('is %s', (name, verb) => expect(destructiveVerb(name)).toBe(verb));

  it.each([
    'create_issue',
    'deleted_items',
    'deletion_policy',
    'dropdown_options',
    'droplet_create',
    'undelete_repo',
    'list_deletions',
    'get_delete_policy',
    'purgeable_space',
    'destroyer',
    '',
    '___',
    '42',
    '刪除',
    '\u0443\u0434\u0430\u043b\u0438\u0442\u044c',
    'Install_app',
  ])('is not %s', (name) => expect(destructiveVerb(name)).toBeUndefined());
});
