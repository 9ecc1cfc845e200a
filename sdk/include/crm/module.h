/* A module: one exported function that returns a constant descriptor.
 *
 * The loader checks magic, size, ABI and every need before it runs any code of the module, and
 * names what is missing. Services are tables of functions: constant, append-only, beginning with
 * their own size and version; a module asks for those that its needs name. Everything a module adds
 * is registered inside `init`, in its name, and taken away as a whole when init fails or the module
 * is disabled. The same source builds as a shared object and into the program (sanitizers,
 * fuzzers).
 *
 * Threads: init, start, stop and fini run on the main thread, one after the other; handlers run
 * where their service says. A module keeps what it needs in its own state, never in globals. */
#ifndef CRM_MODULE_H
#define CRM_MODULE_H

#include <crm/value.h>

#define CRM_MAGIC     UINT32_C(0x4D524350) /* "PCRM" */
#define CRM_ABI_MAJOR 1                    /* other: not loaded */
#define CRM_ABI_MINOR 0                    /* higher than the program's: not loaded */

/* What a module stands on: a service ("crm.record") or another module ("crm.module.base"), which is
 * then initialised first. Versions are those of the service tables, for modules 1. */
struct crm_need {
    const char *name;
    uint32_t version; /* at least */
};

/* The module's handle to the kernel: identifies the owner of what is registered. Valid from init to
 * the end of fini. */
struct crm_host;
struct crm_error;

/* The only functions that are reached without a table. */
struct crm_host_calls {
    uint32_t size;
    uint32_t version;
    /* The table of a service that stands in needs[]; NULL for any other name. */
    const void *(*service)(struct crm_host *host, const char *name);
    /* The folder with the module's own files (entities/, views/, reports/, ui/),
     * NUL-terminated, without a slash at the end; may not exist. */
    const char *(*folder)(struct crm_host *host);
};

struct crm_module {
    uint32_t magic; /* CRM_MAGIC */
    uint32_t size;  /* sizeof(struct crm_module) */
    uint16_t abi_major, abi_minor;
    const char *name;    /* [a-z][a-z0-9_]*, the file's name without .so */
    const char *version; /* "1.4.0" */
    const struct crm_need *needs;
    size_t need_count;
    /* Takes what it needs and registers what it adds; *ret_state goes to the others. After an error
     * nothing that was registered remains, and neither stop nor fini is called. */
    crm_status (*init)(struct crm_host *host, const struct crm_host_calls *calls, void **ret_state,
                       struct crm_error *err);
    /* The database is open and the definitions are applied; requests do not come in yet. May be
     * NULL. */
    crm_status (*start)(void *state, struct crm_error *err);
    /* Requests and jobs have ended; called in the reverse order of start, only after start. May be
     * NULL. */
    void (*stop)(void *state);
    /* Frees the state. May be NULL. */
    void (*fini)(void *state);
};

#define CRM_MODULE_HEADER                                                                          \
    .magic = CRM_MAGIC, .size = sizeof(struct crm_module), .abi_major = CRM_ABI_MAJOR,             \
    .abi_minor = CRM_ABI_MINOR

/* static const struct crm_module sales = { CRM_MODULE_HEADER, .name = "sales", ... };
 * CRM_MODULE(sales) */
typedef const struct crm_module *(*crm_module_get_fn)(void);
#define CRM_MODULE_SYMBOL "crm_module_get"
#ifdef CRM_STATIC_MODULE /* the build gives the name of the function */
#define CRM_MODULE(descriptor)                                                                     \
    const struct crm_module *CRM_STATIC_MODULE(void);                                              \
    const struct crm_module *CRM_STATIC_MODULE(void) { return &descriptor; }
#else
#define CRM_MODULE(descriptor)                                                                     \
    __attribute__((visibility("default"))) const struct crm_module *crm_module_get(void);          \
    const struct crm_module *crm_module_get(void) { return &descriptor; }
#endif

/* Tables are written once, as lists of (result, name, parameters), so that the program can print
 * and check them (perigee api-info). */
#define CRM_TABLE_MEMBER(result, name, parameters) result(*name) parameters;
#define CRM_TABLE(tag, LIST)                                                                       \
    struct tag {                                                                                   \
        uint32_t size;    /* of the table as this program has it */                                \
        uint32_t version; /* raised with every appended function */                                \
        LIST(CRM_TABLE_MEMBER)                                                                     \
    };

#endif
