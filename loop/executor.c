/* Threads that take jobs from one queue. What threads share, all but loop and limit, is under the
 * mutex. A job stands in the queue until a thread takes it: that is what tells whether it has
 * begun. One that has run goes to the loop and is not touched here again: the loop may have freed
 * it. */
#include "loop/executor.h"

#include "loop/loop_private.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct executor {
    struct loop *loop;
    unsigned limit;
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* a job was queued, or closing set */
    struct list jobs;
    unsigned queued, idle, count;
    bool closing;
    pthread_t threads[];
};

static void *work(void *arg)
{
    struct executor *e = arg;
    pthread_mutex_lock(&e->mutex);
    for (;;) {
        e->idle++;
        while (list_empty(&e->jobs) && !e->closing)
            pthread_cond_wait(&e->changed, &e->mutex);
        e->idle--;
        if (list_empty(&e->jobs))
            break;
        struct job *j = container_of(list_pop(&e->jobs), struct job, node);
        e->queued--;
        pthread_mutex_unlock(&e->mutex);
        j->run(j);
        loop_call_soon_threadsafe(e->loop, &j->done);
        pthread_mutex_lock(&e->mutex);
    }
    pthread_mutex_unlock(&e->mutex);
    return NULL;
}

/* Adds a thread if one can be had; those that are there do its work if not. Signals are for the
 * program's own threads. */
static void add_thread(struct executor *e)
{
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    int error = pthread_create(&e->threads[e->count], NULL, work, e);
    pthread_sigmask(SIG_SETMASK, &former, NULL);
    if (error)
        return;
    char name[16];
    snprintf(name, sizeof name, "executor-%u", e->count % 1000);
    pthread_setname_np(e->threads[e->count], name);
    e->count++;
}

int executor_open(struct executor **out, struct loop *l, unsigned threads)
{
    if (!threads) {
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        threads = processors > 2 ? (unsigned)processors : 2;
    }
    struct executor *e = calloc(1, sizeof *e + threads * sizeof e->threads[0]);
    if (!e)
        return -ENOMEM;
    e->loop = l;
    e->limit = threads;
    pthread_mutex_init(&e->mutex, NULL);
    pthread_cond_init(&e->changed, NULL);
    list_init(&e->jobs);
    *out = e;
    return 0;
}

void executor_close(struct executor *e)
{
    pthread_mutex_lock(&e->mutex);
    e->closing = true;
    pthread_cond_broadcast(&e->changed);
    pthread_mutex_unlock(&e->mutex);
    for (unsigned i = 0; i < e->count; i++)
        pthread_join(e->threads[i], NULL);
    pthread_cond_destroy(&e->changed);
    pthread_mutex_destroy(&e->mutex);
    free(e);
}

static void finish(struct handle *h)
{
    future_set(&container_of(h, struct job, done)->future, 0);
}

int executor_submit(struct executor *e, struct job *j, void (*run)(struct job *j))
{
    j->run = run;
    future_init(&j->future, e->loop);
    handle_init(&j->done, finish);
    pthread_mutex_lock(&e->mutex);
    if (e->queued >= e->idle && e->count < e->limit)
        add_thread(e);
    bool taken = e->count > 0;
    if (taken) {
        list_add(&e->jobs, &j->node);
        e->queued++;
        pthread_cond_signal(&e->changed);
    }
    pthread_mutex_unlock(&e->mutex);
    return taken ? 0 : -EAGAIN;
}

bool executor_cancel(struct executor *e, struct job *j)
{
    pthread_mutex_lock(&e->mutex);
    bool queued = !list_empty(&j->node);
    if (queued) {
        list_remove(&j->node);
        e->queued--;
    }
    pthread_mutex_unlock(&e->mutex);
    if (queued)
        future_cancel(&j->future);
    return queued;
}

int executor_run(struct executor *e, struct job *j, void (*run)(struct job *j))
{
    struct task *t = task_current();
    if (!t)
        return -EPERM;
    int error = task_interrupted(t);
    if (!error)
        error = executor_submit(e, j, run);
    if (error)
        return error;
    await(&j->future);
    if (!j->future.done && !executor_cancel(e, j))
        await_shielded(&j->future);
    error = task_interrupted(t);
    return error ? error : j->future.result;
}

int to_thread(struct job *j, void (*run)(struct job *j))
{
    struct loop *l = loop_running();
    if (!l)
        return -EPERM;
    int error = l->executor ? 0 : executor_open(&l->executor, l, 0);
    return error ? error : executor_run(l->executor, j, run);
}
