"""Jobs that survive: any process may die at any moment, and the job goes on in another."""
