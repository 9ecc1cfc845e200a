/* Parts of a workbook from outside: the archive by random access, its XML piece by piece, both
 * distrusted.
 *
 * Refused are archives of too many or too densely packed entries, parts that unpack to more than
 * they may (what comes out is counted, whatever the headers say), document types - so there are no
 * entities of any kind -, elements nested too deep. Memory: one piece of a part. Threads: one at a
 * time. */
#ifndef MODULES_BASE_XLSX_PART_H
#define MODULES_BASE_XLSX_PART_H

#include <expat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zip;
struct zip_file;

enum xlsx_problem {
    XLSX_FINE,
    XLSX_NO_BOOK,   /* no workbook in it, or not one that can be read */
    XLSX_ENCRYPTED, /* by a password */
    XLSX_TOO_LARGE, /* unpacks to more than is read */
    XLSX_DOCTYPE,
    XLSX_BROKEN, /* ends too early, a checksum is wrong, XML is no XML */
    XLSX_NO_SHEET,
    XLSX_NO_MEMORY
};

/* The file. `read_at` gives fewer bytes than asked for only at the end; false: it cannot be read.
 */
struct xlsx_file {
    bool (*read_at)(void *ctx, int64_t offset, void *ret, size_t max, size_t *ret_len);
    void *ctx;
    int64_t bytes;
};

struct xlsx_archive {
    struct zip *zip;
    struct xlsx_file file;
    int64_t at; /* of the library's reading */
};

/* Names come without their prefix. */
struct xlsx_handlers {
    void (*start)(void *ctx, const char *name, const char **attributes);
    void (*end)(void *ctx, const char *name);
    void (*text)(void *ctx, const char *ptr, size_t len);
    void *ctx;
};

struct xlsx_part {
    struct zip_file *entry;
    XML_Parser parser;
    struct xlsx_handlers handlers;
    int64_t left;  /* bytes it may still unpack to */
    int64_t fed;   /* unpacked so far */
    int64_t bytes; /* in all, as the archive says; 0 = it does not */
    int depth;
    bool ended;
    enum xlsx_problem problem;
};

enum xlsx_problem xlsx_archive_open(struct xlsx_archive *a, const struct xlsx_file *file);
void xlsx_archive_close(struct xlsx_archive *a);
bool xlsx_archive_has(struct xlsx_archive *a, const char *name);
enum xlsx_problem xlsx_part_open(struct xlsx_part *p, struct xlsx_archive *a, const char *name,
                                 int64_t max_bytes, const struct xlsx_handlers *handlers);
/* Reads one piece on; p->ended behind the last one. */
enum xlsx_problem xlsx_part_step(struct xlsx_part *p);
void xlsx_part_close(struct xlsx_part *p);
/* From inside a handler: nothing more is read, step gives the problem. */
void xlsx_part_stop(struct xlsx_part *p, enum xlsx_problem problem);
/* All of a part; one that is not there is XLSX_FINE without a call. */
enum xlsx_problem xlsx_part_read(struct xlsx_archive *a, const char *name, int64_t max_bytes,
                                 const struct xlsx_handlers *handlers);
/* The value of an attribute by its name without prefix, or NULL. */
const char *xlsx_attribute(const char **attributes, const char *name);

#endif
