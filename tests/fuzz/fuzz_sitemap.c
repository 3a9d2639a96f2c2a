/* Sitemaps and feeds, as the server calls them; with an option, gzip made of the text. */
#include "parse/sitemap.h"
#include "tests/fuzz/fuzz_links.h"

#include <zlib.h>

/* Options in the last byte, as everywhere. */
static uint8_t *pack(const uint8_t *data, size_t size, size_t *packed_size)
{
    size_t room = size + size / 8 + 128;
    uint8_t *packed = malloc(room);
    z_stream z = {.next_in = (uint8_t *)(uintptr_t)data,
                  .avail_in = (uInt)size - 1,
                  .next_out = packed,
                  .avail_out = (uInt)room - 1};
    fuzz_check(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    fuzz_check(deflate(&z, Z_FINISH) == Z_STREAM_END);
    deflateEnd(&z);
    packed[z.total_out] = data[size - 1];
    *packed_size = z.total_out + 1;
    return packed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"application/xml", "text/xml; charset=utf-16",
                                        "application/x-gzip", NULL};
    unsigned options = size > 0 ? data[size - 1] : 0;
    const char *type = types[options >> 1 & 3];
    if (size > 0 && (options & 24) == 24) {
        size_t packed_size;
        uint8_t *packed = pack(data, size, &packed_size);
        fuzz_links(sitemap_xml_links, type, packed, packed_size);
        free(packed);
    } else {
        fuzz_links(options & 32 ? document_links : sitemap_xml_links, type, data, size);
    }
    return 0;
}
