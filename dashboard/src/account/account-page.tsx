import { Select } from '@mantine/core';
import { useMemo } from 'react';
import { useMe } from '../identity/me.js';
import { useNow } from '../pieces/clock.js';
import { Facts } from '../pieces/facts.js';
import { ForeignText } from '../pieces/foreign-text.js';
import { visibleText } from '../pieces/hostile-text.js';
import { Page } from '../pieces/page.js';
import { Section } from '../pieces/section.js';
import { absoluteTime } from '../pieces/time-text.js';
import { chooseTimeZone, chosenTimeZone, systemTimeZone, useTimeZone } from '../pieces/time-zone.js';
import classes from './account.module.css';
import { ChangePassword } from './change-password.js';
import { SignIns } from './sign-ins.js';

export function AccountPage() {
  const { user, role, organization } = useMe();
  return (
    <Page title="Your account">
      <div className={classes['parts']}>
        <Facts
          facts={[
            ['Name', <ForeignText key="name" text={user?.name ?? ''} longest={200} />],
            ['Email', <ForeignText key="email" text={user?.email ?? ''} longest={320} />],
            ['Role', `${role ?? 'none'} in ${visibleText(organization.name, 200)}`],
          ]}
        />
        <ZoneChoice />
        <ChangePassword />
        <SignIns />
      </div>
    </Page>
  );
}

function ZoneChoice() {
  const zone = useTimeZone();
  const now = useNow();
  const own = systemTimeZone();
  const data = useMemo(
    () => [
      { value: '', label: `This machine's (${own})` },
      ...['UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({ value, label: value })),
    ],
    [own],
  );
  return (
    <Section
      title="Time zone"
      lead="Every time on every page is shown in it. Links carry absolute times and mean the same to everybody."
    >
      <Select
        aria-label="Time zone"
        data={data}
        value={chosenTimeZone() ?? ''}
        searchable
        allowDeselect={false}
        w={320}
        maw="100%"
        onChange={(value) => chooseTimeZone(value || null)}
      />
      <p className={classes['now']}>It is {absoluteTime(now, zone)}.</p>
    </Section>
  );
}
