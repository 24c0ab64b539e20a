-- The group key of the notification that last told of the alert while it fired. A digest tells of many groups under one
-- key: receivers that keep an incident for a key are told when the last alert in it is over.
alter table notification.group_members add column told_in text;
