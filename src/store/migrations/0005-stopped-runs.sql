-- A run that another takes back goes on no more.
alter table reclassifications drop constraint reclassifications_state_check;
alter table reclassifications add constraint reclassifications_state_check check (state in ('running', 'stopped', 'done'));
