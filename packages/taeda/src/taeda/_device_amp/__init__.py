"""What `taeda.cpu.amp` and `taeda.cuda.amp` are."""
