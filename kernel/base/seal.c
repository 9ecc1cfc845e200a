/* Sealing with a key of the data directory. See seal.h. */
#include "base/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <sodium.h>

#include "base/digest.h"
#include "base/messages.h"

enum {
    PATH_BYTES = 4096,
    NONCE = crypto_secretbox_NONCEBYTES,
    MAC = crypto_secretbox_MACBYTES,
    BOX_MAX = NONCE + MAC + SEAL_TEXT_MAX
};
_Static_assert(SEAL_KEY_BYTES == crypto_secretbox_KEYBYTES, "the key is secretbox's");
static const char mark[] = "sealed:";
static const int base64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;

static crm_status failed(const char *path, struct err *err) {
    return err_set(err, CRM_IO, &base_seal_file, path, strerror(errno), NULL);
}

/* 1 read, 0 not there, -1 with errno. */
static int read_key(const char *path, struct seal_key *ret) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) return errno == ENOENT ? 0 : -1;
    ssize_t len = read(fd, ret->bytes, sizeof ret->bytes);
    int why = len < 0 ? errno : EINVAL;
    close(fd);
    errno = why;
    return len == SEAL_KEY_BYTES ? 1 : -1;
}

/* Whole or not at all, and never over another one: two who make it at once end with the same. */
static bool make_key(const char *path) {
    char fresh[PATH_BYTES + 40];
    struct seal_key key;
    random_bytes(key.bytes, sizeof key.bytes);
    (void)snprintf(fresh, sizeof fresh, "%s.%ld", path, (long)getpid());
    int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool made = fd >= 0 && write(fd, key.bytes, sizeof key.bytes) == SEAL_KEY_BYTES &&
                fsync(fd) == 0 && (link(fresh, path) == 0 || errno == EEXIST);
    int why = errno;
    if (fd >= 0) close(fd);
    (void)unlink(fresh);
    seal_key_wipe(&key);
    errno = why;
    return made;
}

crm_status seal_key_load(struct str folder, struct seal_key *ret, struct err *err) {
    char path[PATH_BYTES];
    struct seal_key key;
    if (folder.len == 0 || folder.len > PATH_BYTES - 20)
        return err_internal(err, "there is no folder for the key of secrets");
    (void)snprintf(path, sizeof path, "%.*s/secret.key", STR_ARG(folder));
    int found = read_key(path, &key);
    if (found == 0 && make_key(path)) found = read_key(path, &key);
    if (found != 1) return failed(path, err);
    *ret = key;
    seal_key_wipe(&key);
    return CRM_OK;
}

void seal_key_wipe(struct seal_key *key) { sodium_memzero(key, sizeof *key); }

crm_status seal_text(const struct seal_key *key, struct str secret, struct buf *out,
                     struct err *err) {
    unsigned char box[BOX_MAX];
    char text[sodium_base64_ENCODED_LEN(BOX_MAX, sodium_base64_VARIANT_URLSAFE_NO_PADDING)];
    if (secret.len > SEAL_TEXT_MAX) return err_set(err, CRM_TOO_LARGE, &base_text_too_large, NULL);
    random_bytes(box, NONCE);
    crypto_secretbox_easy(box + NONCE, (const unsigned char *)(secret.ptr ? secret.ptr : ""),
                          secret.len, box, key->bytes);
    sodium_bin2base64(text, sizeof text, box, NONCE + MAC + secret.len, base64);
    buf_add_cstr(out, mark);
    buf_add_cstr(out, text);
    return out->status == CRM_OK ? CRM_OK : err_no_memory(err);
}

bool seal_open(const struct seal_key *key, struct str sealed, struct buf *out) {
    unsigned char box[BOX_MAX], plain[SEAL_TEXT_MAX];
    size_t len = 0;
    if (!str_starts_with(sealed, STR("sealed:"))) return false;
    struct str text = str_make(sealed.ptr + sizeof mark - 1, sealed.len - (sizeof mark - 1));
    if (sodium_base642bin(box, sizeof box, text.ptr, text.len, NULL, &len, NULL, base64) != 0 ||
        len < NONCE + MAC)
        return false;
    if (crypto_secretbox_open_easy(plain, box + NONCE, len - NONCE, box, key->bytes) != 0)
        return false;
    buf_add(out, plain, len - NONCE - MAC);
    sodium_memzero(plain, sizeof plain);
    return out->status == CRM_OK;
}

void hmac_sha256(struct str key, const struct str *parts, size_t count,
                 uint8_t ret[SEAL_KEY_BYTES]) {
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)(key.ptr ? key.ptr : ""), key.len);
    for (size_t i = 0; i < count; i++)
        crypto_auth_hmacsha256_update(
            &state, (const unsigned char *)(parts[i].ptr ? parts[i].ptr : ""), parts[i].len);
    crypto_auth_hmacsha256_final(&state, ret);
}

bool bytes_same(const void *a, const void *b, size_t len) { return sodium_memcmp(a, b, len) == 0; }
