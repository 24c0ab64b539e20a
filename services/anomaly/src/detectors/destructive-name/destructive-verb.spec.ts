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
  ])('is not %s', (name) => expect(destructiveVerb(name)).toBeUndefined());
});
