/* An entry is a byte, the whole todo where that byte is WHOLE, or its from where the byte says so,
 * the text and its NUL: a crawl can have millions waiting, and nearly all are few links away from a
 * seed and nothing else. */
#include "crawler/url_queue.h"

#include "crawler/memory.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 4000

struct url_chunk {
    struct url_chunk *next;
    uint32_t head, tail, size; /* offsets into bytes: taken up to head, filled up to tail */
    char bytes[];
};

/* Of the entry's byte; above the flags is the depth, less than the 31 of WHOLE. */
enum { SEED = 1, NOFOLLOW = 2, FROM = 4, DEPTH_SHIFT = 3, WHOLE = 255 };

void url_queue_init(struct url_queue *q)
{
    *q = (struct url_queue){0};
}

static void drop_first(struct url_queue *q)
{
    struct url_chunk *chunk = q->first;

    q->first = chunk->next;
    if (!q->first)
        q->last = NULL;
    free(chunk);
}

void url_queue_deinit(struct url_queue *q)
{
    while (q->first)
        drop_first(q);
    q->count = 0;
}

static void add_chunk(struct url_queue *q, size_t needed)
{
    uint32_t size = needed > CHUNK_SIZE ? (uint32_t)needed : CHUNK_SIZE;
    struct url_chunk *chunk = memory_resize(NULL, sizeof *chunk + size);

    *chunk = (struct url_chunk){.size = size};
    if (q->last)
        q->last->next = chunk;
    else
        q->first = chunk;
    q->last = chunk;
}

static unsigned char pack(const struct todo *todo)
{
    if (todo->redirects || todo->attempts || todo->external || todo->asset ||
        todo->depth >= WHOLE >> DEPTH_SHIFT)
        return WHOLE;
    return (unsigned char)(todo->depth << DEPTH_SHIFT | (todo->from ? FROM : 0) |
                           (todo->nofollow ? NOFOLLOW : 0) | (todo->seed ? SEED : 0));
}

/* Bytes between the first one and the text. */
static size_t packed_size(unsigned char packed)
{
    return packed == WHOLE ? sizeof(struct todo) : packed & FROM ? sizeof(uint64_t) : 0;
}

void url_queue_push(struct url_queue *q, const struct todo *todo, const char *text, size_t length)
{
    unsigned char packed = pack(todo);
    size_t needed = 1 + packed_size(packed) + length + 1;

    if (!q->last || q->last->size - q->last->tail < needed)
        add_chunk(q, needed);
    char *at = q->last->bytes + q->last->tail;
    *at++ = (char)packed;
    if (packed == WHOLE)
        at = mempcpy(at, todo, sizeof *todo);
    else if (packed & FROM)
        at = mempcpy(at, &todo->from, sizeof todo->from);
    at = mempcpy(at, text, length);
    *at = '\0';
    q->last->tail += (uint32_t)needed;
    q->count++;
}

size_t url_queue_pop(struct url_queue *q, struct todo *todo, const char **text)
{
    /* The chunk emptied by the last call is kept until now: its text was in use. */
    if (q->first->head == q->first->tail)
        drop_first(q);
    const char *at = q->first->bytes + q->first->head;
    unsigned char packed = (unsigned char)*at++;
    if (packed == WHOLE) {
        memcpy(todo, at, sizeof *todo);
    } else {
        *todo = (struct todo){
            .depth = packed >> DEPTH_SHIFT, .nofollow = packed & NOFOLLOW, .seed = packed & SEED};
        if (packed & FROM)
            memcpy(&todo->from, at, sizeof todo->from);
    }
    at += packed_size(packed);
    *text = at;
    size_t length = strlen(at);
    q->first->head = (uint32_t)(at + length + 1 - q->first->bytes);
    q->count--;
    return length;
}
