/* Which plugins and scripts are in force, which were left out, and whose next version is held back:
 * counted, never changed once it is shown, replaced as a whole when extensions are loaded anew.
 * Threads: any. */
#ifndef MODULE_LOADED_H
#define MODULE_LOADED_H

#include <stdatomic.h>

#include "module/extension.h"

struct kernel;

struct loaded {
    atomic_int refs;
    struct arena arena;
    struct extensions extensions; /* without texts */
};

/* Names, versions and reasons of extensions, copied. */
crm_status loaded_new(const struct extensions *from, struct loaded **ret, struct err *err);
struct loaded *loaded_unref(struct loaded *l); /* NULL is fine; returns NULL */
/* As it is now. NULL: nothing was loaded. */
struct loaded *kernel_loaded(struct kernel *k);
/* Taken; in the place of what was there, which is let go. */
void kernel_loaded_show(struct kernel *k, struct loaded *l);

#endif
