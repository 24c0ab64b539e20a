import { describe, expect, it } from 'vitest';
import { call, DAY, denied, MINUTE, START } from '../../../test/calls.js';
import { detectorSpec } from '../../../test/detector-spec.js';
import { destructiveName } from './destructive-name.detector.js';

const { given } = detectorSpec(destructiveName({ cooldownMs: 5 * MINUTE }));

describe('destructive_name', () => {
  it('is raised for the first call, with the query that shows it and what follows', () => {
    const deletion = call(START, { name: 'delete_repo' });
    given()
      .when(deletion)
      .thenRaises({
        severity: 'medium',
        title: 'coder called delete_repo on github',
        tool: 'delete_repo',
        observed: { value: 1, unit: 'calls', detail: { refused: false, routine: false } },
        expected: { value: null, threshold: 1, detail: { pattern: 'delete_*' } },
        window: { from: START, to: START + 1 },
        lensQuery: { q: 'connection:github tool:delete_repo', from: START, to: START + 5 * MINUTE },
        evidence: [deletion.requestId],
        suppressed: 0,
      });
  });

  it('is raised whatever the policy said', () => {
    given()
      .when(denied(START, { name: 'drop_table' }))
      .thenRaises({ severity: 'low', title: 'coder was refused drop_table on github' });
  });

  it('is not raised for other tools', () => {
    given()
      .when(call(START, { name: 'create_issue' }))
      .thenRaisesNothing();
  });

  it('is not raised for resources and prompts of such a name', () => {
    given()
      .when(
        call(START, { kind: 'prompt', method: 'prompts/get', name: 'delete_repo' }),
        call(START, { kind: 'resource', method: 'resources/read', name: 'delete_repo' }),
      )
      .thenRaisesNothing();
  });

  describe('a routine', () => {
    const onDays = (...days: number[]) => days.map((day) => call(START + day * DAY, { name: 'delete_repo' }));

    it('is of low severity from the fourth day on', () => {
      given(...onDays(0, 1))
        .when(...onDays(2, 3))
        .thenRaises(
          { severity: 'medium' },
          {
            severity: 'low',
            observed: { value: 1, unit: 'calls', detail: { refused: false, routine: true } },
          },
        );
    });

    it('is not made by one busy day, nor by what was refused', () => {
      given(...onDays(0, 0, 0, 0, 0))
        .when(...onDays(1))
        .thenRaises({ severity: 'medium' });
      given(...[0, 1, 2, 3].map((day) => denied(START + day * DAY, { name: 'delete_repo' })))
        .when(...onDays(4))
        .thenRaises({ severity: 'medium' });
    });

    it("is one caller's and one tool's", () => {
      given(...onDays(0, 1, 2, 3))
        .when(
          call(START + 4 * DAY, { name: 'delete_repo', agent: 'reviewer' }),
          call(START + 5 * DAY, { name: 'delete_branch' }),
        )
        .thenRaises({ severity: 'medium' }, { severity: 'medium' });
    });

    it('is none any more after a month of rest', () => {
      given(...onDays(0, 1, 2, 3))
        .when(...onDays(34))
        .thenRaises({ severity: 'medium' });
      given(...onDays(0, 1, 2, 3))
        .when(...onDays(33))
        .thenRaises({ severity: 'low' });
    });

    it('is forgotten before memory grows without bounds', () => {
      const detector = destructiveName({ cooldownMs: 0 });
      let state = detector.observe(undefined, call(START, { name: 'delete_repo' })).state!;
      let forgotten = 0;
      for (let n = 0; n < 1_000; n += 1) {
        const observed = detector.observe(state, call(START + n, { name: `delete_${n}` }));
        state = observed.state!;
        forgotten += observed.forgotten;
      }
      expect(detector.sizeOf(state)).toBe(501);
      expect(forgotten).toBe(501);
    });
  });

  it('is silent for five minutes, and then says how often it was', () => {
    given(call(START, { name: 'delete_repo' }))
      .when(
        call(START + MINUTE, { name: 'delete_repo' }),
        call(START + 5 * MINUTE - 1, { name: 'purge_queue' }),
        call(START + 5 * MINUTE, { name: 'delete_branch' }),
      )
      .thenRaises({ tool: 'delete_branch', suppressed: 2 });
  });

  it('is not silenced by a clock that was ahead', () => {
    given(call(START + 60 * MINUTE, { name: 'delete_repo' }))
      .when(call(START, { name: 'delete_repo' }))
      .thenRaises({ window: { from: START, to: START + 1 } });
  });

  it('cleans names in its title and looks for them as they are', () => {
    given()
      .when(
        call(START, {
          name: 'delete_"x"\u202Egpj.exe\u0000',
          agent: 'a'.repeat(200),
          connection: { id: 'c', slug: 'my db' },
        }),
      )
      .thenRaises({
        title: `${'a'.repeat(59)}… called delete_"x"\uFFFDgpj.exe\uFFFD on my db`,
        lensQuery: {
          q: 'connection:"my db" tool:"delete_\\"x\\"\u202Egpj.exe\u0000"',
          from: START,
          to: START + 5 * MINUTE,
        },
      });
  });

  it('names a caller without an agent by its key, and one without a key by its user', () => {
    given()
      .when(call(START, { name: 'delete_repo', agent: null }))
      .thenRaises({ title: 'laptop called delete_repo on github' });
    given()
      .when(call(START, { name: 'delete_repo', agent: null, key: null, connection: null }))
      .thenRaises({ title: 'ana@example.com called delete_repo on no connection' });
  });
});
