/* Plays seeds without a fuzzer: each file as it is, cut off at every place, and with every byte
 * replaced by a few that parsers care about. Arguments: files and folders. Threads: one. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

enum { SEED_BYTES_MAX = 1 << 20, NEIGHBOURS_BYTES_MAX = 2048, PATH_BYTES = 4096 };

static size_t played;

/* A copy of exactly that size, so that a sanitizer sees a read behind the end. */
static void play(const uint8_t *bytes, size_t len) {
    uint8_t *copy = calloc(1, len ? len : 1);
    HOLDS(copy);
    if (len) memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
    played++;
}

static void play_neighbours(uint8_t *bytes, size_t len) {
    static const uint8_t others[] = {0, ' ', '"', '(', '.', '9', '\n', 0x80, 0xff};
    size_t step = 1 + len / 256;
    for (size_t i = 0; i < len; i += step) {
        uint8_t was = bytes[i];
        play(bytes, i);
        for (size_t k = 0; k < sizeof others; k++) {
            bytes[i] = others[k];
            play(bytes, len);
        }
        bytes[i] = was;
    }
}

static void play_file(const char *path) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = calloc(1, SEED_BYTES_MAX);
    HOLDS(file && bytes);
    size_t len = fread(bytes, 1, SEED_BYTES_MAX, file);
    fclose(file);
    play(bytes, len);
    if (len <= NEIGHBOURS_BYTES_MAX) play_neighbours(bytes, len);
    free(bytes);
}

static void play_folder(const char *path) {
    DIR *folder = opendir(path);
    HOLDS(folder);
    for (const struct dirent *entry; (entry = readdir(folder));) {
        char file[PATH_BYTES];
        if (entry->d_name[0] == '.') continue;
        int len = snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        HOLDS(len > 0 && (size_t)len < sizeof file);
        play_file(file);
    }
    closedir(folder);
}

int main(int count, char **arguments) {
    play((const uint8_t *)"", 0);
    for (int i = 1; i < count; i++) {
        struct stat facts;
        HOLDS(stat(arguments[i], &facts) == 0);
        if (S_ISDIR(facts.st_mode))
            play_folder(arguments[i]);
        else
            play_file(arguments[i]);
    }
    if (played < 2) {
        fprintf(stderr, "no seeds\n");
        return 1;
    }
    printf("%zu inputs\n", played);
    return 0;
}
