"""The render worker: takes jobs from SQS, renders each in one FFmpeg pass, loses none."""
