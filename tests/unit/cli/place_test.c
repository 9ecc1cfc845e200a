/* A file that was made gets its name, and never in place of another, also where the file system
 * does not rename so (NFS). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/syscall.h>

#include "cli/cli.h"

static int refusal; /* errno of every renaming; 0: as the system does it */

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
              unsigned int flags) {
    if (refusal == 0) return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
    errno = refusal;
    return -1;
}

static void make(const char *path, const char *text) {
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void assert_holds(const char *path, const char *text) {
    char found[64] = "";
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    assert_non_null(fgets(found, sizeof found, file));
    fclose(file);
    assert_string_equal(found, text);
}

static void test_places(void **state) {
    static const int refusals[] = {0, EINVAL, ENOSYS};
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        char folder[64], part[128], name[128];
        struct err err;
        snprintf(folder, sizeof folder, "/tmp/perigee-place-XXXXXX");
        assert_non_null(mkdtemp(folder));
        snprintf(part, sizeof part, "%s/it.part", folder);
        snprintf(name, sizeof name, "%s/it", folder);
        refusal = refusals[i];
        make(part, "new");
        assert_int_equal(cli_place_file(NULL, str_from(part), str_from(name), &err), CRM_OK);
        assert_holds(name, "new");
        assert_int_not_equal(access(part, F_OK), 0);
        make(part, "newer");
        assert_int_equal(cli_place_file(NULL, str_from(part), str_from(name), &err), CRM_IO);
        assert_holds(name, "new");
        assert_int_equal(cli_place_file(NULL, str_from(part), STR_NONE, &err), CRM_OK);
        assert_int_not_equal(access(part, F_OK), 0);
        unlink(name);
        assert_int_equal(rmdir(folder), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
