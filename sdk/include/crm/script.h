/* crm.script: the Lua files that a module brings - entities, views, handlers, reports - and its
 * texts.
 *
 * Definitions are read before the database is opened for requests; they are checked with file and
 * line, merged in the order of the modules and become tables, routes and rights. Registration in
 * init; files are read after all modules are initialised. */
#ifndef CRM_SCRIPT_H
#define CRM_SCRIPT_H

#include <crm/base.h>

#define CRM_SCRIPT_SERVICE "crm.script"
#define CRM_SCRIPT_VERSION 1

#define CRM_SCRIPT_TABLE(X)                                                                        \
    /* One file, or every *.lua below a folder in the order of their names; in the module's        \
     * folder. A folder that is not there is an error. */                                          \
    X(crm_status, file_add, (struct crm_host * host, const char *path, struct crm_error *err))     \
    X(crm_status, folder_add, (struct crm_host * host, const char *path, struct crm_error *err))   \
    /* Source text; `name` stands in messages. Copied. */                                          \
    X(crm_status, text_add,                                                                        \
      (struct crm_host * host, const char *name, struct crm_str source, struct crm_error *err))

CRM_TABLE(crm_script, CRM_SCRIPT_TABLE)

#endif
