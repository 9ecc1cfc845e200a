/* Field types and what each means to storage, expressions and the wire.
 *
 * The list is closed (X-macro): name as definitions write it, the value type an expression sees,
 * and what it occupies. Threads: any (constants). */
#ifndef SCHEMA_FIELD_H
#define SCHEMA_FIELD_H

#include "base/err.h"
#include "base/value.h"
#include "expr/expr.h"

/* X(ENUM, word, value type, storage)
 * storage: COLUMN one column; MONEY three (minor units, currency, base); ANY two (entity, id);
 * LINKS a link table; NONE nothing of its own. */
#define SCHEMA_FIELD_TYPES(X)                                                                      \
    X(TEXT, "text", TEXT, COLUMN)           /* one line, up to `max` characters (default 1,000) */ \
    X(LONG_TEXT, "long_text", TEXT, COLUMN) /* up to 100,000 characters */                         \
    X(INTEGER, "integer", INT, COLUMN)                                                             \
    X(DECIMAL, "decimal", DECIMAL, COLUMN)                                                         \
    X(MONEY, "money", MONEY, MONEY)                                                                \
    X(BOOLEAN, "boolean", BOOL, COLUMN)                                                            \
    X(DATE, "date", DATE, COLUMN)                                                                  \
    X(TIME, "time", TIME, COLUMN)                                                                  \
    X(CHOICE, "choice", TEXT, COLUMN)  /* code of an item of a directory */                        \
    X(CHOICES, "choices", LIST, LINKS) /* several codes */                                         \
    X(REF, "ref", ID, COLUMN)                                                                      \
    X(REF_ANY, "ref_any", ID, ANY)       /* a record of any entity */                              \
    X(LINKS, "links", LIST, LINKS)       /* many to many, with attributes per link */              \
    X(LABELLED, "labelled", LIST, LINKS) /* [{value, label, primary}] */                           \
    X(FILE, "file", ID, COLUMN)          /* a record of the entity file */                         \
    X(JSON, "json", TEXT, COLUMN)        /* payload nobody filters */                              \
    X(FORMULA, "formula", NIL, COLUMN)   /* type of its expression; stored unless it has a path */ \
    X(ROLLUP, "rollup", NIL, COLUMN)     /* kept by apply */                                       \
    X(CHILDREN, "children", LIST, NONE)  /* records that belong to this one */                     \
    X(SERIES, "series", TEXT, COLUMN)    /* drawn from a number series */

enum schema_field_type {
#define SCHEMA_FIELD_ENUM(name, word, value, storage) SCHEMA_FIELD_##name,
    SCHEMA_FIELD_TYPES(SCHEMA_FIELD_ENUM)
#undef SCHEMA_FIELD_ENUM
        SCHEMA_FIELD_TYPE_COUNT
};

enum schema_storage {
    SCHEMA_STORAGE_COLUMN,
    SCHEMA_STORAGE_MONEY,
    SCHEMA_STORAGE_ANY,
    SCHEMA_STORAGE_LINKS,
    SCHEMA_STORAGE_NONE
};

const char *schema_field_type_word(enum schema_field_type type);
bool schema_field_type_find(struct str word, enum schema_field_type *ret);
enum value_type schema_field_value_type(enum schema_field_type type);
enum schema_storage schema_field_storage(enum schema_field_type type);

enum schema_labelled_kind {
    SCHEMA_LABELLED_TEXT,
    SCHEMA_LABELLED_EMAIL,
    SCHEMA_LABELLED_PHONE,
    SCHEMA_LABELLED_ADDRESS,
    SCHEMA_LABELLED_MESSENGER
};
enum schema_on_delete {
    SCHEMA_ON_DELETE_KEEP,
    SCHEMA_ON_DELETE_CLEAR,
    SCHEMA_ON_DELETE_REFUSE,
    SCHEMA_ON_DELETE_WITH
};

/* `timeline = "shows"` on a reference: the timeline of this record takes in that of the record
 * referred to; "shown" (or `timeline_of = true`): the record referred to takes in this one's;
 * `timeline = true`: both. One step, never further. Bits. */
enum schema_timeline_link {
    SCHEMA_TIMELINE_NONE = 0,
    SCHEMA_TIMELINE_SHOWS = 1,
    SCHEMA_TIMELINE_SHOWN = 2,
    SCHEMA_TIMELINE_BOTH = 3
};

struct schema_label {
    struct str text[LANGUAGE_COUNT]; /* empty = falls back to English, then to the name */
};

/* The standard fields that every entity has, in this order, with ids 1.. in every entity; entity
 * fields follow from SCHEMA_FIRST_FIELD_ID. "children" entities lack owner and team. */
#define SCHEMA_STANDARD_FIELDS(X)                                                                  \
    X(ID, "id", REF)                                                                               \
    X(VERSION, "version", INTEGER)                                                                 \
    X(CREATED_AT, "created_at", TIME)                                                              \
    X(CREATED_BY, "created_by", REF)                                                               \
    X(UPDATED_AT, "updated_at", TIME)                                                              \
    X(UPDATED_BY, "updated_by", REF)                                                               \
    X(DELETED_AT, "deleted_at", TIME)                                                              \
    X(OWNER, "owner", REF)                                                                         \
    X(TEAM, "team", REF)                                                                           \
    X(EXTERNAL_ID, "external_id", TEXT) X(TAGS, "tags", LINKS) X(FOLLOWERS, "followers", LINKS)

enum schema_standard_field {
    SCHEMA_FIELD_ID_NONE,
#define SCHEMA_STANDARD_ENUM(name, word, type) SCHEMA_STD_##name,
    SCHEMA_STANDARD_FIELDS(SCHEMA_STANDARD_ENUM)
#undef SCHEMA_STANDARD_ENUM
        SCHEMA_FIRST_FIELD_ID = 32
};

/* One field of one entity: immutable once in a snapshot. Texts live in the snapshot's arena. */
struct schema_field {
    int32_t id;   /* unique within the entity, never reused for another meaning */
    int32_t slot; /* index into schema_entity.fields = position of its value in a record image */
    struct str name;
    enum schema_field_type type;
    struct schema_label label, help;
    struct str owner; /* module or plugin that declares it; "kernel" */
    bool required, unique, read_only, hidden, search, sort, standard;
    bool fold;            /* has a shadow column of folded text */
    bool folding;         /* the same, but rows from before still lack it: written, not read */
    bool building;        /* written at every save and read by nobody until all rows are filled */
    bool searched;        /* stands in search rows that have not been made anew (see entity) */
    int32_t converts;     /* slot of the field that it takes its values from, -1 */
    int32_t replaces;     /* id of the field whose values it took over; 0 */
    int32_t max_length;   /* characters */
    int32_t ref_entity;   /* ref, links, children: schema entity id; 0 = any */
    struct str directory; /* choice(s): name of the directory */
    bool open;            /* choice(s): imports may add values */
    struct str ref_by;    /* children: the reference field in the child */
    enum schema_on_delete on_delete;
    enum schema_labelled_kind labelled;
    const struct schema_field *attributes; /* links: role, dates ... (each with its column) */
    size_t attribute_count;
    const struct expr *default_value; /* or NULL */
    const struct expr *visible_when;  /* conditional fields */
    const struct expr *required_when;
    const struct expr *formula;  /* FORMULA */
    bool stored;                 /* FORMULA without a path, ROLLUP with scope system */
    struct expr_type value_type; /* what an expression sees */
    int32_t rate_on;             /* MONEY: slot of the date field, -1 = day of saving */
    int32_t total_of;            /* MONEY: slot of the roll-up it follows while that is not 0 */
    int32_t rollup_entity, rollup_by; /* ROLLUP: child entity id, its reference field id */
    const struct expr *rollup;        /* measure over the child */
    bool rollup_viewer;               /* computed at read, under the viewer's rights */
    struct str series;                /* SERIES: name */
    bool gaps;
    int32_t scale_places;                             /* DECIMAL: places shown; -1 */
    struct str visible_when_text, required_when_text; /* as written, for clients */
    enum schema_timeline_link timeline;               /* REF: whose timeline joins whose */
    /* Physical names, given by plan and kept in the registry: */
    struct str column;     /* "f32_amount"; MONEY adds _c and _b, ANY adds _e, fold adds _k */
    struct str link_table; /* LINKS storage */
};

/* What this very field occupies: the storage of its type, but NONE for a formula or roll-up that is
 * not stored, and MONEY (column, _c, _b) for a stored one that yields money. */
enum schema_storage schema_storage_of(const struct schema_field *f);
struct str schema_label_get(const struct schema_label *l, enum language language,
                            struct str fallback);

#endif
