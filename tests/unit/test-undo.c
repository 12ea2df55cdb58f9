/* SPDX-License-Identifier: BSD-2-Clause */

/* The log of a run, whose files are whose, and what is taken out of files that
 * others have changed, too. */

#include "undo/room.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

typedef struct
{
  char *dir;
  int fd;
} Fixture;

static void
put (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->dir = g_dir_make_tmp ("venvb-undo-XXXXXX", NULL);
  g_assert_cmpint (g_chdir (f->dir), ==, 0);
  f->fd = open (".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_assert_cmpint (g_chdir ("/"), ==, 0);
  g_assert_true (dir_remove_at (AT_FDCWD, f->dir));
  close (f->fd);
  g_free (f->dir);
}

static const char *const names[] = { "bin/activate", "a b", "line\nbreak", "back\\slash\"",
                                     "\xff\xfe",     " ",   "/abs/olute",  "\xc3\xa4" };

static void
write_log (const Fixture *f)
{
  const Seen seen = { 7, -1, { -3, 999999999 }, { 5, 1 } };
  Journal *journal = journal_new ();
  gboolean has_mark;
  int fd = log_begin (f->fd, journal, LOG_WORK, &has_mark);

  g_assert_cmpint (fd, >=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_true (log_append (fd, journal->log_started, LOG_FILE, i, &seen, names[i]));
  close (fd);
  journal_free (journal);
}

static void
assert_state (const Fixture *f, LogState expected)
{
  g_autoptr (Log) log = NULL;

  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, expected);
  g_assert_true ((log != NULL) == (expected == LOG_OURS || expected == LOG_ENDED));
}

static void
test_log (Fixture *f, gconstpointer data)
{
  g_autoptr (Log) log = NULL;

  assert_state (f, LOG_NONE);
  write_log (f);
  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, LOG_OURS);
  g_assert_cmpint (log->kind, ==, LOG_WORK);
  g_assert_cmpuint (log->entries->len, ==, G_N_ELEMENTS (names));
  for (guint i = 0; i < log->entries->len; i++)
    {
      const LogEntry *entry = g_ptr_array_index (log->entries, i);

      g_assert_cmpint (entry->event, ==, LOG_FILE);
      g_assert_cmpint (entry->number, ==, i);
      g_assert_cmpstr (entry->path, ==, names[i]);
      g_assert_cmpint (entry->seen.size, ==, -1);
      g_assert_cmpint (entry->seen.mtime.tv_sec, ==, -3);
      g_assert_cmpint (entry->seen.mtime.tv_nsec, ==, 999999999);
      g_assert_cmpint (entry->seen.ctime.tv_nsec, ==, 1);
    }
  g_assert_true (log_remove (f->fd, 0));
  assert_state (f, LOG_NONE);
}

/* Changes the log's text in place. */
static void
append (const char *text, gboolean truncate)
{
  int fd = open (LOG_NAME, O_WRONLY | O_APPEND | (truncate ? O_TRUNC : 0));

  g_assert_true (fd >= 0 && fs_write_all (fd, text, strlen (text)) && close (fd) == 0);
}

static void
test_broken_off (Fixture *f, gconstpointer data)
{
  g_autoptr (Log) log = NULL;

  write_log (f);
  append ("F 9 1 1 1.0", FALSE);
  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, LOG_OURS);
  g_assert_cmpuint (log->entries->len, ==, G_N_ELEMENTS (names));
  append ("venvb-undo-2 w 1.0", TRUE);
  assert_state (f, LOG_EMPTY);
}

/* A line that the disk has no room for is not there, and those after it are whole. */
static void
test_full (Fixture *f, gconstpointer data)
{
  const Seen seen = { 7, 1, { 3, 4 }, { 5, 6 } };
  g_autoptr (Log) log = NULL;
  struct rlimit before, tight;
  struct stat st;
  int fd;

  write_log (f);
  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, LOG_OURS);
  fd = log_open (f->fd, 0, &log->own);
  g_clear_pointer (&log, log_free);
  g_assert_true (fd >= 0 && fstat (fd, &st) == 0 && getrlimit (RLIMIT_FSIZE, &before) == 0);
  signal (SIGXFSZ, SIG_IGN);
  tight = (struct rlimit){ st.st_size + 10, before.rlim_max };
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &tight), ==, 0);
  g_assert_false (log_append (fd, 0, LOG_FILE, 1, &seen, "half"));
  g_assert_cmpint (errno, ==, EFBIG);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  signal (SIGXFSZ, SIG_DFL);
  g_assert_true (log_append (fd, 0, LOG_FILE, 1, &seen, "whole"));
  close (fd);
  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, LOG_OURS);
  g_assert_cmpuint (log->entries->len, ==, G_N_ELEMENTS (names) + 1);
}

/* A run obeys the log that it has made, whatever has its name; and none that has ended, also
 * where another file was given its name, and it is put back later. */
static void
test_own (Fixture *f, gconstpointer data)
{
  g_autoptr (Log) log = NULL;
  Journal *journal = journal_new ();
  gboolean has_mark;
  struct stat st;
  int fd = log_begin (f->fd, journal, LOG_WORK, &has_mark);

  g_assert_true (fd >= 0 && fstat (fd, &st) == 0);
  g_assert_true (identity_is_own (&journal->log, &st));
  st.st_mode |= 020;
  g_assert_false (identity_is_own (&journal->log, &st));
  g_assert_cmpint (log_read (f->fd, 0, journal, &log), ==, LOG_OURS);
  g_clear_pointer (&log, log_free);
  g_assert_cmpint (renameat (f->fd, LOG_NAME, f->fd, "away"), ==, 0);
  write_log (f);
  g_assert_cmpint (log_read (f->fd, 0, journal, &log), ==, LOG_FOREIGN);
  g_assert_cmpint (log_open (f->fd, 0, &journal->log), ==, -1);
  g_assert_true (recover_settle (f->fd, 0, &journal->log, &fd, -1));
  assert_state (f, LOG_OURS); /* it stays */
  g_assert_cmpint (renameat (f->fd, "away", f->fd, LOG_NAME), ==, 0);
  assert_state (f, LOG_ENDED);
  g_assert_cmpint (fd, ==, -1);
  journal_free (journal);
}

/* Until when a run is known to have gone on, its lines tell, and not the time of its log. */
static void
test_end (Fixture *f, gconstpointer data)
{
  const struct timespec later[] = { { .tv_nsec = UTIME_OMIT }, { 4000000000, 0 } };
  g_autoptr (Log) log = NULL;
  gint64 begun;

  write_log (f);
  g_assert_cmpint (utimensat (f->fd, LOG_NAME, later, 0), ==, 0);
  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, LOG_OURS);
  begun = log->begun.tv_sec;
  g_assert_cmpint (log->end.tv_sec, >=, begun);
  g_assert_cmpint (log->end.tv_sec, <=, begun + 60);
  g_clear_pointer (&log, log_free);
  append ("A -1 0 0 0.0 0.0 700250 .\n", FALSE);
  g_assert_cmpint (log_read (f->fd, 0, NULL, &log), ==, LOG_OURS);
  g_assert_cmpint (log->end.tv_sec, >=, begun + 700);
  g_assert_cmpint (log->end.tv_sec, <=, begun + 701);
}

/* A directory that others have put into the place of that for what is put aside. */
static void
test_aside (Fixture *f, gconstpointer data)
{
  g_autofree char *name = NULL;
  Journal *journal = journal_new ();
  struct stat st;
  gboolean has_mark;
  int fd = log_begin (f->fd, journal, LOG_WORK, &has_mark), aside;

  for (guint i = 0; i <= 100; i++)
    {
      g_autofree char *taken = i == 0 ? g_strdup (UNDO_DIR) : g_strdup_printf (UNDO_DIR ".%u", i);

      g_assert_cmpint (mkdirat (f->fd, taken, 0700), ==, 0);
    }
  aside = aside_make (f->fd, journal, &name);
  g_assert_true (aside >= 0 && fstat (aside, &st) == 0 && identity_is_own (&journal->aside, &st));
  g_assert_true (g_str_has_prefix (name, UNDO_DIR "."));
  close (aside);
  journal->log.owner++; /* whose the directory is not */
  g_clear_pointer (&name, g_free);
  g_assert_cmpint (aside_make (f->fd, journal, &name), ==, -1);
  close (fd);
  journal_free (journal);
}

/* A log that was linked to another directory, and is no more where it was. */
static void
assert_elsewhere (const Fixture *f)
{
  g_autoptr (Log) log = NULL;
  int other;

  g_assert_cmpint (g_mkdir ("other", 0700), ==, 0);
  other = open ("other", O_RDONLY | O_DIRECTORY);
  g_assert_cmpint (renameat (f->fd, LOG_NAME, other, LOG_NAME), ==, 0);
  g_assert_cmpint (log_read (other, 0, NULL, &log), ==, LOG_FOREIGN);
  g_assert_cmpint (renameat (other, LOG_NAME, f->fd, LOG_NAME), ==, 0);
  close (other);
  assert_state (f, LOG_OURS);
}

/* The names of logs: the usual one, and those with a number. */
static void
test_names (void)
{
  static const struct
  {
    const char *name;
    int number;
  } cases[] = { { LOG_NAME, 0 },      { LOG_NAME ".1", 1 },   { LOG_NAME ".1000", 1000 },
                { LOG_NAME ".", -1 }, { LOG_NAME "1", -1 },   { LOG_NAME ".-1", -1 },
                { LOG_MARK, -1 },     { LOG_NAME ".1x", -1 }, { LOG_NAME ".99999999999", -1 } };
  guint number;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *name = log_name (LOG_NAME, (guint) MAX (cases[i].number, 0));

      g_test_message ("%s", cases[i].name);
      g_assert_cmpint (log_has_name (cases[i].name, LOG_NAME, &number), ==, cases[i].number >= 0);
      if (cases[i].number >= 0)
        g_assert_cmpstr (name, ==, cases[i].name);
    }
}

static void
test_foreign (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  write_log (f);
  g_assert_true (g_file_get_contents (LOG_NAME, &text, NULL, NULL));
  g_assert_cmpint (g_chmod (LOG_NAME, 0640), ==, 0);
  assert_state (f, LOG_FOREIGN);
  g_assert_cmpint (g_chmod (LOG_NAME, 0600), ==, 0);
  assert_state (f, LOG_OURS);
  g_assert_cmpint (link (LOG_NAME, "second"), ==, 0);
  assert_state (f, LOG_FOREIGN);
  g_assert_cmpint (g_unlink ("second"), ==, 0);
  assert_elsewhere (f);
  append ("something else\n", FALSE);
  assert_state (f, LOG_FOREIGN);
  put (LOG_NAME, text);
  g_assert_cmpint (g_chmod (LOG_NAME, 0600), ==, 0);
  assert_state (f, LOG_FOREIGN);
  g_assert_cmpint (g_unlink (LOG_NAME), ==, 0);
  g_assert_cmpint (symlink ("elsewhere", LOG_NAME), ==, 0);
  assert_state (f, LOG_FOREIGN);
  g_assert_cmpint (g_unlink (LOG_NAME), ==, 0);
  g_assert_cmpint (mkfifo (LOG_NAME, 0600), ==, 0);
  assert_state (f, LOG_FOREIGN);
}

/* What was there, what the run made of it, what is there now, what is left. */
static const char *const merges[][4] = {
  { "a\nb\n", "a\nb\nours\n", "a\nb\nours\ntheirs\n", "a\nb\ntheirs\n" },
  { "a\nb\n", "a\nours\nb\n", "theirs\na\nours\nb\n", "theirs\na\nb\n" },
  { "a\n", "a\nours\n", "a\n", "a\n" },
  { "a\n", "a\na\n", "a\na\na\n", "a\na\n" },
  { "", "[s]\nours\n", "[s]\nours\n[t]\nmine\n", "[t]\nmine\n" },
  { "", "[s]\nours\n", "[s]\nmine\n", "[s]\nmine\n" },
  { "x", "x\nours", "x\nours\ny", "x\ny" },
};

static void
test_merge (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (merges); i++)
    {
      g_autofree char *text = NULL;

      put ("0", merges[i][0]);
      put ("0.ours", merges[i][1]);
      put ("file", merges[i][2]);
      g_assert_true (elsewhere_merge (f->fd, 0, f->fd, "file"));
      g_assert_true (g_file_get_contents ("file", &text, NULL, NULL));
      g_assert_cmpstr (text, ==, merges[i][3]);
    }
  /* Lines of somebody's in a section that the run has added: without that, they would be in
   * the one before, or in none. */
  put ("0", "");
  put ("0.ours", "[s]\nours\n");
  put ("file", "[s]\nours\nmine\n");
  g_assert_false (elsewhere_merge (f->fd, 0, f->fd, "file"));
  put ("file", "[s]\nmine\nours\n");
  g_assert_false (elsewhere_merge (f->fd, 0, f->fd, "file"));
  put ("0.ours", "x\nours");
  put ("0", "a\nold\n");
  g_assert_false (elsewhere_merge (f->fd, 0, f->fd, "file"));
  g_assert_cmpint (g_unlink ("0.ours"), ==, 0);
  g_assert_false (elsewhere_merge (f->fd, 0, f->fd, "file"));
}

/* Each kind of row of a RECORD for each kind of file, and whose that is: of a place
 * where there was nothing before, and of one where there was something. */
static const struct
{
  const char *row, *path;
  Owned is_new, was_there;
} rows[] = {
#define HASH "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU" /* of nothing */
  { "p/good,sha256=" HASH ",0", "lib/site/p/good", OWNED_YES, OWNED_YES },
  { "p/pad,sha256=" HASH "=,0", "lib/site/p/pad", OWNED_YES, OWNED_YES },
  { "p/nosize,sha256=" HASH ",", "lib/site/p/nosize", OWNED_YES, OWNED_YES },
  { "p/sha384,sha384=OLBgp1GsljhM2TJ-sbHjaiH9txEUvgdDTAzHv2P24donTt6_529l-9Ua0vFImLlb,0",
    "lib/site/p/sha384", OWNED_YES, OWNED_YES },
  { "p/badsize,sha256=" HASH ",1", "lib/site/p/badsize", OWNED_MAYBE, OWNED_MAYBE },
  { "p/bad,sha256=x" HASH ",0", "lib/site/p/bad", OWNED_MAYBE, OWNED_MAYBE },
  { "p/short,sha256=47DEQpj8,0", "lib/site/p/short", OWNED_MAYBE, OWNED_MAYBE },
  { "p/long,sha256=" HASH "U,0", "lib/site/p/long", OWNED_MAYBE, OWNED_MAYBE },
  { "p/md5,md5=1B2M2Y8AsgTpgAmY7PhCfg,0", "lib/site/p/md5", OWNED_MAYBE, OWNED_MAYBE },
  { "p/none,,", "lib/site/p/none", OWNED_MAYBE, OWNED_MAYBE },
  { "p/nocomma", "lib/site/p/nocomma", OWNED_MAYBE, OWNED_MAYBE },
  { "p/size,,0", "lib/site/p/size", OWNED_MAYBE, OWNED_MAYBE },
  { "\"p/q\"\"u,o/te\",\"sha256=" HASH "\",0", "lib/site/p/q\"u,o/te", OWNED_YES, OWNED_YES },
  { "../../src/main.c,,", "src/main.c", OWNED_MAYBE, OWNED_MAYBE },
  { "../../src/good.c,sha256=" HASH ",0", "src/good.c", OWNED_YES, OWNED_YES },
  { "../../bin/p,,", "bin/p", OWNED_YES, OWNED_MAYBE },
  { "../../bin/psize,,0", "bin/psize", OWNED_MAYBE, OWNED_MAYBE },
  { "../../bin/pbad,sha256=x,0", "bin/pbad", OWNED_MAYBE, OWNED_MAYBE },
  { "../../bin/below/p,,", "bin/below/p", OWNED_MAYBE, OWNED_MAYBE },
  { "p-1.dist-info/RECORD,,", "lib/site/p-1.dist-info/RECORD", OWNED_YES, OWNED_YES },
  { "p-1.dist-info/RECORD.jws,,", "lib/site/p-1.dist-info/RECORD.jws", OWNED_YES, OWNED_YES },
  { "p-1.dist-info/METADATA,,", "lib/site/p-1.dist-info/METADATA", OWNED_MAYBE, OWNED_MAYBE },
  { "q-1.dist-info/RECORD,,", "lib/site/q-1.dist-info/RECORD", OWNED_MAYBE, OWNED_MAYBE },
  { "other/row,,", "lib/x/__pycache__/y.cpython-311.pyc", OWNED_YES, OWNED_YES },
  { "twice,sha256=x,0", "lib/site/twice", OWNED_YES, OWNED_YES },
  { "twice,sha256=" HASH ",0", "lib/site/twice", OWNED_YES, OWNED_YES },
  { "twice,,", "lib/site/twice", OWNED_YES, OWNED_YES },
  { "missing,sha256=" HASH ",0", "lib/site/missing", OWNED_MAYBE, OWNED_MAYBE },
  { "../../../out,sha256=" HASH ",0", "out", OWNED_NOT, OWNED_NOT },
  { "/abs,sha256=" HASH ",0", "abs", OWNED_NOT, OWNED_NOT },
  { "../../.venvb-undo/guard/x,,", ".venvb-undo/guard/x", OWNED_NOT, OWNED_NOT },
  { "\"no end,,", "lib/site/p", OWNED_NOT, OWNED_NOT },
};

static void
put_empty (const char *path)
{
  g_autofree char *dir = g_path_get_dirname (path);

  g_assert_true (fs_mkdir_parents (dir, NULL));
  if (!g_str_has_suffix (path, "/missing") && !g_str_has_suffix (path, "p-1.dist-info/RECORD"))
    put (path, "");
}

static void
test_owned (Fixture *f, gconstpointer data)
{
  Log log = { .end = { .tv_sec = G_MAXINT32 } };
  TakeBack back = { .env_fd = f->fd, .log = &log };
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_string_append_printf (text, "%s%s", rows[i].row, i % 2 == 0 ? "\r\n" : "\n");
      if (rows[i].is_new != OWNED_NOT)
        put_empty (rows[i].path);
    }
  put ("lib/site/p-1.dist-info/RECORD", text->str);
  owned_find (&back, "lib/site");
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_test_message ("%s", rows[i].row);
      g_assert_cmpint (owned_tell (&back, f->fd, rows[i].path, rows[i].path, FALSE), ==,
                       rows[i].is_new);
      g_assert_cmpint (owned_tell (&back, f->fd, rows[i].path, rows[i].path, TRUE), ==,
                       rows[i].was_there);
    }
  g_clear_pointer (&back.owned, g_hash_table_unref);
  log.begun.tv_sec = G_MAXINT32;
  owned_find (&back, "lib/site");
  g_assert_cmpint (owned_tell (&back, f->fd, "bin/p", "bin/p", FALSE), ==, OWNED_NOT);
  g_clear_pointer (&back.owned, g_hash_table_unref);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/undo/log", Fixture, NULL, set_up, test_log, tear_down);
  g_test_add_func ("/undo/log/names", test_names);
  g_test_add ("/undo/log/broken-off", Fixture, NULL, set_up, test_broken_off, tear_down);
  g_test_add ("/undo/log/full", Fixture, NULL, set_up, test_full, tear_down);
  g_test_add ("/undo/log/own", Fixture, NULL, set_up, test_own, tear_down);
  g_test_add ("/undo/log/end", Fixture, NULL, set_up, test_end, tear_down);
  g_test_add ("/undo/aside", Fixture, NULL, set_up, test_aside, tear_down);
  g_test_add ("/undo/log/foreign", Fixture, NULL, set_up, test_foreign, tear_down);
  g_test_add ("/undo/merge", Fixture, NULL, set_up, test_merge, tear_down);
  g_test_add ("/undo/owned", Fixture, NULL, set_up, test_owned, tear_down);
  return g_test_run ();
}
