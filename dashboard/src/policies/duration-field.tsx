import { TextInput } from '@mantine/core';

interface DurationFieldProps {
  readonly label: string;
  readonly value: string | undefined;
  readonly placeholder: string;
  readonly disabled?: boolean;
  readonly onChange: (duration: string | undefined) => void;
}

/** `30s`, `5m`, `2h`: what is wrong with it is said at its place by the check of the whole policy. */
export function DurationField({ label, value, placeholder, disabled = false, onChange }: DurationFieldProps) {
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      disabled={disabled}
      value={value ?? ''}
      onChange={(event) => onChange(event.currentTarget.value.trim() || undefined)}
    />
  );
}
