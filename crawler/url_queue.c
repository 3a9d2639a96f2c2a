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

struct entry {
    struct todo todo;
    uint32_t length;
};

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

void url_queue_push(struct url_queue *q, const struct todo *todo, const char *text, size_t length)
{
    struct entry e = {.todo = *todo, .length = (uint32_t)length};
    size_t needed = sizeof e + length + 1;

    if (!q->last || q->last->size - q->last->tail < needed)
        add_chunk(q, needed);
    char *at = q->last->bytes + q->last->tail;
    memcpy(at, &e, sizeof e);
    memcpy(at + sizeof e, text, length);
    at[sizeof e + length] = '\0';
    q->last->tail += (uint32_t)needed;
    q->count++;
}

size_t url_queue_pop(struct url_queue *q, struct todo *todo, const char **text)
{
    struct entry e;

    /* The chunk emptied by the last call is kept until now: its text was in use. */
    if (q->first->head == q->first->tail)
        drop_first(q);
    char *at = q->first->bytes + q->first->head;
    memcpy(&e, at, sizeof e);
    *todo = e.todo;
    *text = at + sizeof e;
    q->first->head += (uint32_t)(sizeof e + e.length + 1);
    q->count--;
    return e.length;
}
