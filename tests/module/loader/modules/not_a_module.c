/* A shared object like any other. */
int not_a_module_answer(void);
int not_a_module_answer(void) { return 42; }
