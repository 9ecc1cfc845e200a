/* perigee: the program. The modules that are part of it are listed by the build. */
#include "cli/cli.h"

extern const crm_module_get_fn perigee_static_modules[];

int main(int argc, char **argv) { return cli_main(argc, argv, perigee_static_modules); }
