import { Button, Checkbox, Group, NumberInput, Stack } from '@mantine/core';
import { FINDING_KINDS } from '@portcullis/contracts';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { kindWord } from '../alerts/alert-words.js';
import { Dialog } from '../pieces/dialog.js';
import { FieldRow } from '../pieces/field-row.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { notice, reportProblem } from '../shell/notices.js';
import type { Place } from './detection-places.js';
import { DETECTION, saveDetection } from './detection-queries.js';

/** How anomalies are looked for in one place. */
export function DetectionForm({ place, onClose }: { readonly place: Place; readonly onClose: () => void }) {
  const { connectionId, name } = place;
  const [settings, setSettings] = useState(place.settings);
  const queries = useQueryClient();
  const save = useMutation({
    mutationFn: () => saveDetection(connectionId, settings),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: DETECTION });
      notice('Saved. It counts for calls from 10 seconds on.');
      onClose();
    },
    onError: reportProblem('Detection could not be changed'),
  });
  const above = connectionId === null ? 'Default' : 'As every connection';
  const off = settings.off ?? [];
  const look = (wanted: readonly string[]) => {
    const next = FINDING_KINDS.filter((kind) => !wanted.includes(kind));
    setSettings({ ...settings, off: next.length === 0 ? null : next });
  };
  const number = (value: string | number) => (value === '' ? null : Number(value));
  return (
    <Dialog onClose={onClose} title={connectionId === null ? name : <ForeignText text={name} longest={60} />}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack>
          <FieldRow>
            <NumberInput
              label="Spike from"
              description="Times the hour before; for bulk access, this time of day."
              data-autofocus
              suffix="×"
              placeholder={above}
              min={1.1}
              max={1000}
              step={0.5}
              decimalScale={2}
              value={settings.rateMultiplier ?? ''}
              onChange={(value) => setSettings({ ...settings, rateMultiplier: number(value) })}
            />
            <NumberInput
              label="Calls at least"
              description="Within 5 minutes; for bulk access, five times as many in 15."
              placeholder={above}
              min={1}
              max={1_000_000}
              allowDecimal={false}
              value={settings.rateMinCalls ?? ''}
              onChange={(value) => setSettings({ ...settings, rateMinCalls: number(value) })}
            />
          </FieldRow>
          <Checkbox.Group
            label="Looked for"
            description={
              connectionId === null ? undefined : 'What is off for every connection stays off here.'
            }
            value={FINDING_KINDS.filter((kind) => !off.includes(kind))}
            onChange={look}
          >
            <Stack gap={8} mt={8}>
              {FINDING_KINDS.map((kind) => (
                <Checkbox key={kind} label={kindWord(kind)} value={kind} />
              ))}
            </Stack>
          </Checkbox.Group>
          <Group justify="end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
