/* An order about a plugin while it is worked on, and the look at what it would do. Private to
 * kernel/module. Threads: that of the order. */
#ifndef MODULE_PLUGIN_LOOK_H
#define MODULE_PLUGIN_LOOK_H

#include "module/loaded.h"
#include "module/package.h"
#include "module/plugin.h"

struct plugin_work {
    struct kernel *kernel;
    const struct plugin_order *order;
    struct arena *arena;
    struct plugin_plan *plan;
    struct loaded *former;       /* our reference */
    const struct extension *now; /* of `former`; NULL: there is none */
    bool is_ours;                /* it lies in the data directory */
    bool has_package;
    bool is_rest; /* it has gone before; what it stored goes now */
    struct package package;
    struct str place, mark, removed; /* DIR/plugins/NAME, and NAME.disabled; where it goes */
    const struct str *baseline;      /* migrations that need not run */
    size_t baseline_count;
};

/* Everything tried beside what runs; fills the plan. Fails where it cannot be carried out. */
crm_status plugin_look(struct plugin_work *w, struct err *err);
/* By the numbers in them: 1.10 is newer than 1.9. */
int version_compare(struct str one, struct str other);

#endif
