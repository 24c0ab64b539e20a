import { eventLogConfig } from '@portcullis/service';

export const notificationConfigSections = [eventLogConfig] as const;
