"""What a test or a curious person steers: faults, ledger, clock, meddling and the mailbox."""
