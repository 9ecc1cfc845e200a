/* Where modules lie: the setting, or relative to the program - build/<preset>/modules beside it, or
 * the folders of an installation. */
#include <stdio.h>
#include <unistd.h>

#include "cli/cli.h"

#ifndef PERIGEE_MODULES_PATH
#define PERIGEE_MODULES_PATH "../lib/perigee/modules"
#endif
#ifndef PERIGEE_FILES_PATH
#define PERIGEE_FILES_PATH "../share/perigee/modules"
#endif

void cli_find_folders(struct program *p) {
    char self[2048];
    struct str named = settings_text(&p->settings, SETTING_MODULES);
    if (named.len) {
        snprintf(p->modules_folder, sizeof p->modules_folder, "%.*s", STR_ARG(named));
        snprintf(p->files_folder, sizeof p->files_folder, "%.*s", STR_ARG(named));
        return;
    }
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    self[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) *slash = '\0';
    snprintf(p->modules_folder, sizeof p->modules_folder, "%s/modules", self);
    if (access(p->modules_folder, R_OK) == 0) {
        snprintf(p->files_folder, sizeof p->files_folder, "%s/modules", self);
        return;
    }
    snprintf(p->modules_folder, sizeof p->modules_folder, "%s/%s", self, PERIGEE_MODULES_PATH);
    snprintf(p->files_folder, sizeof p->files_folder, "%s/%s", self, PERIGEE_FILES_PATH);
}
