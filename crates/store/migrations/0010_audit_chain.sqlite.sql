UPDATE audit_event SET seed = randomblob(16);
