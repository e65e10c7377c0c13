// The tests of this target land with the simulated disk.
