/* Settings of the process: defaults, then DIR/perigee.conf (`key = value`, `#` comments), then
 * PERIGEE_<KEY> of the environment, then options of the command line. Each value remembers where it
 * came from.
 *
 * What a company is like (currency, zone, language) is no setting of the process but a record.
 * Threads: one while loading, any afterwards. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"

/* X(KEY, "key", kind, default, "what it is"); kinds: TEXT, NUMBER, FLAG, SECRET (a URI: password
 * hidden) */
#define SETTINGS(X)                                                                                \
    X(DATA, "data", TEXT, "perigee-data", "the data directory")                                    \
    X(DATABASE, "database", SECRET, "",                                                            \
      "URI of a PostgreSQL database; empty: SQLite in the data directory")                         \
    X(LISTEN, "listen", TEXT, "127.0.0.1:8080", "address and port of the HTTP server")             \
    X(PUBLIC_URL, "public_url", TEXT, "", "how people reach it, https://crm.example.org")          \
    X(TRUSTED_PROXIES, "trusted_proxies", TEXT, "", "addresses whose X-Forwarded headers count")   \
    X(LOOPS, "loops", NUMBER, "0", "threads that drive connections; 0 = one a core")               \
    X(READERS, "readers", NUMBER, "0", "threads that read from the database; 0 = one a core")      \
    X(JOB_THREADS, "job_threads", NUMBER, "0", "threads that run jobs; 0 = 2")                     \
    X(CONNECTIONS, "connections", NUMBER, "0", "connections at a time; 0 = 1024")                  \
    X(QUEUE, "queue", NUMBER, "0", "requests that may wait; 0 = 1024")                             \
    X(NODE, "node", NUMBER, "-1",                                                                  \
      "number of this node, 0 to 1023, of several on one database; -1 = the first that is free")   \
    X(SHADOW_ROWS, "shadow_rows", NUMBER, "0",                                                     \
      "SQLite: rows from which on an index is made beside its table; 0 = a million")               \
    X(FIGURES_MB, "figures_mb", NUMBER, "16",                                                      \
      "megabytes of answers of reports that are kept for who asks the same; 0 = none")             \
    X(HTTP_ALLOWED, "http_allowed", TEXT, "",                                                      \
      "what scripts may ask besides public addresses: 10.0.0.5:8080, hooks.local:80")              \
    X(MAIL_ALLOWED, "mail_allowed", TEXT, "",                                                      \
      "mail servers besides public ones on ports 25, 465, 587, 2525: 10.0.0.5:25")                 \
    X(MODULES, "modules", TEXT, "", "folder of modules; empty: beside the program")                \
    X(LOG_LEVEL, "log_level", TEXT, "info", "debug, info, warn or error")                          \
    X(LOG_JSON, "log_json", FLAG, "no", "log lines as JSON")

enum setting {
#define SETTING_ENUM(name, key, kind, value, help) SETTING_##name,
    SETTINGS(SETTING_ENUM)
#undef SETTING_ENUM
        SETTING_COUNT
};

enum setting_kind {
    SETTING_KIND_TEXT,
    SETTING_KIND_NUMBER,
    SETTING_KIND_FLAG,
    SETTING_KIND_SECRET
};
enum setting_origin {
    SETTING_FROM_DEFAULT,
    SETTING_FROM_FILE,
    SETTING_FROM_ENVIRONMENT,
    SETTING_FROM_OPTION
};

struct setting_value {
    struct str text;
    enum setting_origin origin;
};

struct settings {
    struct arena arena;
    struct setting_value values[SETTING_COUNT];
    struct str file; /* path of perigee.conf, read or not */
};

void settings_init(struct settings *s);
void settings_fini(struct settings *s);
/* `data` and `database` as options give them, empty = not given. A database that contradicts the
 * file is CRM_CONFLICT. */
crm_status settings_load(struct settings *s, struct str data, struct str database, struct err *err);
/* What the file of a data directory says by itself. */
crm_status settings_read(struct settings *s, struct str data, struct err *err);
/* An option of a command. */
crm_status settings_override(struct settings *s, enum setting setting, struct str text,
                             struct err *err);
struct str settings_text(const struct settings *s, enum setting setting);
int64_t settings_number(const struct settings *s, enum setting setting);
bool settings_flag(const struct settings *s, enum setting setting);
const char *setting_key(enum setting setting);
const char *setting_help(enum setting setting);
const char *setting_origin_word(enum setting_origin origin);
/* For showing: passwords in URIs are hidden. */
void setting_show(const struct settings *s, enum setting setting, struct buf *out);

#endif
