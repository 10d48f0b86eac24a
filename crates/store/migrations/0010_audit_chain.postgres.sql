UPDATE audit_event SET seed = decode(replace(gen_random_uuid()::text, '-', ''), 'hex');
