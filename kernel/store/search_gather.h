/* Candidates of one entity: records that have all words and that the viewer may see, newest first,
 * never more than a cap. Private to store/. Threads: the connection's. */
#ifndef STORE_SEARCH_GATHER_H
#define STORE_SEARCH_GATHER_H

#include "store/search_texts.h"

struct search_gather {
    struct store_conn *conn;
    const struct access *access;
    const struct schema_entity *entity;
    const struct search_words *words;
    struct arena *arena;
    struct search_text_row *rows; /* found; the same record may stand there twice */
    size_t count, capacity;
};

crm_status search_gather(struct search_gather *g, struct err *err);

#endif
