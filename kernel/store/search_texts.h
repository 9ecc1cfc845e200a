/* The texts of found records that the viewer may see: titles for the order of hits, the searchable
 * fields for snippets and for checking a hit against what is visible. Private to store/. Threads:
 * the connection's. */
#ifndef STORE_SEARCH_TEXTS_H
#define STORE_SEARCH_TEXTS_H

#include "store/paths.h"
#include "store/search_words.h"

enum { SEARCH_FIELDS_MAX = 64 };

struct search_text_row {
    int64_t id;
    bool visible;      /* living, and under the viewer's right */
    struct str title;  /* empty where hidden */
    struct str *texts; /* of searchable fields and their items, text_count */
    size_t text_count;
};

/* Whether the viewer lacks a searchable field: hits must then be checked against the texts. */
bool search_has_hidden(const struct access *access, const struct schema_entity *e);
/* Fills rows[i] for ids[i]; `fields`: texts too. */
crm_status search_texts_load(struct store_conn *c, const struct access *access,
                             const struct schema_entity *e, const int64_t *ids, size_t count,
                             bool fields, struct arena *a, struct search_text_row *rows,
                             struct err *err);

#endif
