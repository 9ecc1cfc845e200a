/* Where modules, plugins and scripts lie: the setting, or relative to the program -
 * build/<preset>/modules beside it, or the folders of an installation. */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

#ifndef PERIGEE_MODULES_PATH
#define PERIGEE_MODULES_PATH "../lib/perigee/modules"
#endif
#ifndef PERIGEE_FILES_PATH
#define PERIGEE_FILES_PATH "../share/perigee/modules"
#endif

/* In a build's folder they lie beside the program. */
static void find_files(const char *program, const char *name, char *ret, size_t size) {
    snprintf(ret, size, "%s/%s", program, name);
    if (access(ret, R_OK) != 0)
        snprintf(ret, size, "%s/%s/../%s", program, PERIGEE_FILES_PATH, name);
}

static void find_modules(struct program *p, const char *program) {
    struct str named = settings_text(&p->settings, SETTING_MODULES);
    if (named.len) {
        snprintf(p->modules_folder, sizeof p->modules_folder, "%.*s", STR_ARG(named));
        snprintf(p->files_folder, sizeof p->files_folder, "%.*s", STR_ARG(named));
        return;
    }
    snprintf(p->modules_folder, sizeof p->modules_folder, "%s/modules", program);
    if (access(p->modules_folder, R_OK) == 0) {
        snprintf(p->files_folder, sizeof p->files_folder, "%s/modules", program);
        return;
    }
    snprintf(p->modules_folder, sizeof p->modules_folder, "%s/%s", program, PERIGEE_MODULES_PATH);
    snprintf(p->files_folder, sizeof p->files_folder, "%s/%s", program, PERIGEE_FILES_PATH);
}

void cli_find_folders(struct program *p) {
    char self[2048];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) *slash = '\0';
    find_modules(p, self);
    find_files(self, "plugins", p->plugins_folder, sizeof p->plugins_folder);
    find_files(self, "scripts", p->scripts_folder, sizeof p->scripts_folder);
}
