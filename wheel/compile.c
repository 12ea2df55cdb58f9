/* SPDX-License-Identifier: BSD-2-Clause */

/* Byte code, by the base Python. */

#include "wheel/room.h"

#include "base/progress.h"

#include "base/launch.h"
#include "base/regular.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* The names of what is to be compiled, beside the tree. */
#define LIST "modules"

/* So many are on the command line, and one more. */
#define WORDS 12

/* Compiles the files whose names, each ended by a NUL, are in the file given,
 * with one process for each processor, where there is a fork; or those of one directory
 * after the other, as they are named.  Names are relative,
 * so no path of the cache ends up in a code object.  What is not valid Python is left
 * out, but a full disk is an error.  Says how byte code files are called.  Nothing is
 * imported from the directory it runs in, whatever of -I is left out. */
static const char compile_py[] =
    "import sys\n"
    "if sys.path[:1] == ['']:\n"
    "    del sys.path[0]\n"
    "import os, py_compile\n"
    "more = {}\n"
    "if hasattr(py_compile, 'PycInvalidationMode'):\n"
    "    more['invalidation_mode'] = py_compile.PycInvalidationMode[sys.argv[2]]\n"
    "def read_names():\n"
    "    with open(sys.argv[1], 'rb') as file:\n"
    "        return file.read().split(b'\\0')[:-1]\n"
    "def compile_all(names):\n"
    "    for name in names:\n"
    "        try:\n"
    "            py_compile.compile(os.fsdecode(name), doraise=True, **more)\n"
    "        except OSError:\n"
    "            raise\n"
    "        except Exception:\n"
    "            pass\n"
    "def tell():\n"
    "    print('tag ' + sys.implementation.cache_tag)\n"
    "    sys.stdout.flush()\n"
    "if sys.argv[3] == 'one after the other':\n"
    "    for directory in iter(sys.stdin.readline, ''):\n"
    "        os.chdir(directory[:-1])\n"
    "        compile_all(read_names())\n"
    "        tell()\n"
    "    sys.exit(0)\n"
    "names = read_names()\n"
    "count = min(8, os.cpu_count() or 1, 1 + len(names) // 20)\n"
    "if not hasattr(os, 'fork'):\n"
    "    count = 1\n"
    "workers = []\n"
    "for number in range(1, count):\n"
    "    worker = os.fork()\n"
    "    if worker == 0:\n"
    "        status = 1\n"
    "        try:\n"
    "            compile_all(names[number::count])\n"
    "            status = 0\n"
    "        finally:\n"
    "            os._exit(status)\n"
    "    workers.append(worker)\n"
    "compile_all(names[::count])\n"
    "if any([os.waitpid(worker, 0)[1] for worker in workers]):\n"
    "    sys.exit('a process that compiled has failed')\n"
    "tell()\n";

/* A Python that compiles one image after the other, as long as this process is one of
 * several that make some. */
static struct
{
  gboolean is_wanted;
  GPid pid;
  int to;     /* where it reads the directories from; or -1 */
  FILE *from; /* what it says */
} kept = { FALSE, 0, -1, NULL };

static void
take_tag (VenvbSource source, const char *line, gpointer data)
{
  char **tag = data;

  if (*tag == NULL && source == VENVB_SOURCE_STDOUT && g_str_has_prefix (line, "tag "))
    *tag = g_strdup (line + strlen ("tag "));
}

/* Our environment, less what would change the result.  How Python hashes text decides the
 * order of a set, which older ones write as it comes; -I would have it forget that. */
static char **
environment (gboolean by_hash)
{
  g_auto (GStrv) names = g_listenv ();
  char **envp = g_get_environ ();

  for (guint i = 0; names[i] != NULL; i++)
    if (g_str_has_prefix (names[i], "PYTHON"))
      envp = g_environ_unsetenv (envp, names[i]);
  if (by_hash)
    envp = g_environ_setenv (envp, "PYTHONHASHSEED", "0", TRUE);
  envp = g_environ_setenv (envp, "LC_ALL", "C.UTF-8", TRUE);
  envp = g_environ_unsetenv (envp, "SOURCE_DATE_EPOCH");
  return g_environ_unsetenv (envp, "__PYVENV_LAUNCHER__");
}

/* Tells whether a directory that is open is no more where it was, or anywhere. */
static gboolean
is_removed (int dir)
{
  struct stat st;

  return fstat (dir, &st) == 0 && st.st_nlink == 0;
}

/* The words that start the base Python, which are borrowed. */
static void
words_for (const WheelScheme *scheme, const char *how, const char **argv)
{
  const char *const words[] = { scheme->python,
                                scheme->by_hash ? "-s" : "-I",
                                "-S",
                                "-W",
                                "ignore",
                                "-c",
                                compile_py,
                                "../" LIST,
                                scheme->by_hash ? "CHECKED_HASH" : "TIMESTAMP",
                                how,
                                NULL };

  memcpy (argv, words, sizeof words);
}

/* Says that this process makes many images while others do so as well: from now on one
 * Python compiles them all, on one processor, until compile_end(). */
void
compile_many (void)
{
  kept.is_wanted = TRUE;
}

/* Has that Python end, and waits for it. */
void
compile_end (void)
{
  fs_close (kept.to);
  kept.to = -1;
  if (kept.from != NULL)
    {
      fclose (g_steal_pointer (&kept.from));
      while (waitpid (kept.pid, NULL, 0) < 0 && errno == EINTR)
        ;
    }
}

/* Starts the Python that is kept.  It waits for what it is to do at a socket, as that
 * sends no signal when it has ended. */
static gboolean
start (const WheelScheme *scheme, int tree)
{
  const char *argv[WORDS];
  g_auto (GStrv) envp = environment (scheme->by_hash);
  Launch launch = { .argv = (char **) argv, .envp = envp, .cwd_fd = &tree, .err_fd = -1 };
  int ends[2], out = -1;

  words_for (scheme, "one after the other", argv + 1);
  argv[0] = argv[1];
  if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
    return FALSE;
  launch.input = ends[1];
  kept.from = launch_program (&launch, &kept.pid, &out, NULL, NULL) ? fdopen (out, "r") : NULL;
  fs_close (ends[1]);
  kept.to = ends[0];
  return kept.from != NULL;
}

/* Has the Python that is kept compile what is in the tree.  NULL with error set when it
 * has not; what is wrong is said by the one that the wheel is compiled by next. */
static char *
run_kept (const WheelScheme *scheme, int tree, GError **error)
{
  g_autofree char *request = g_strdup_printf ("/proc/%d/fd/%d\n", (int) getpid (), tree);
  gsize length = strlen (request);
  char answer[128];

  if ((kept.from == NULL && !start (scheme, tree))
      || send (kept.to, request, length, MSG_NOSIGNAL) != (ssize_t) length
      || fgets (answer, sizeof answer, kept.from) == NULL || !g_str_has_prefix (answer, "tag "))
    {
      compile_end ();
      refuse (error, "it can't be compiled");
      return NULL;
    }
  return g_strdup (g_strchomp (answer + strlen ("tag ")));
}

/* Has the base Python compile what is in the tree, on all processors. */
static char *
run_once (const WheelScheme *scheme, int tree, GError **error)
{
  const char *argv[WORDS];
  g_auto (GStrv) envp = environment (scheme->by_hash);
  g_autofree char *tag = NULL;
  const Proc proc = { .argv = argv, .cwd_fd = &tree, .envp = envp, .line = take_tag, .data = &tag };

  words_for (scheme, "at once", argv);
  progress_begin ("compiling", 0);
  gboolean ok = proc_run (&proc, error);
  progress_end ();
  if (ok)
    return tag != NULL ? g_steal_pointer (&tag) : g_strdup ("");
  /* Python says at length what it has missed. */
  if (is_removed (tree))
    {
      g_clear_error (error);
      refuse (error, "somebody has removed it while it was being compiled");
    }
  else
    g_prefix_error (error, "it can't be compiled: ");
  return NULL;
}

/* Runs the base Python in the tree.  Returns the tag in the names of byte
 * code files, such as "cpython-311"; NULL with error set. */
static char *
run (const WheelScheme *scheme, int tree, GError **error)
{
  g_autofree char *tag =
      kept.is_wanted ? run_kept (scheme, tree, error) : run_once (scheme, tree, error);

  if (tag == NULL)
    return NULL;
  if (strchr (tag, '/') != NULL || tag[0] == '\0')
    {
      refuse (error, "it can't be compiled: '%s' does not say how", scheme->python);
      return NULL;
    }
  return g_steal_pointer (&tag);
}

static gboolean
lies_in (const char *path, const char *dir)
{
  gsize length = strlen (dir);

  return length == 0 || (strncmp (path, dir, length) == 0 && path[length] == '/');
}

static gboolean
is_module (const WheelFile *file, const WheelScheme *scheme)
{
  return g_str_has_suffix (file->path, ".py")
         && (lies_in (file->path, scheme->purelib) || lies_in (file->path, scheme->platlib));
}

/* DIR/__pycache__/NAME.TAG.pyc for DIR/NAME.py. */
static char *
byte_code_path (const char *path, const char *tag)
{
  const char *slash = strrchr (path, '/');
  const char *name = slash == NULL ? path : slash + 1;

  return g_strdup_printf ("%.*s__pycache__/%.*s.%s.pyc", (int) (name - path), path,
                          (int) strlen (name) - 3, name, tag);
}

/* Notes the byte code of a file, if there is some; it may replace some that
 * came with the wheel. */
static gboolean
note_byte_code (int tree, const WheelFile *source, const char *tag, GHashTable *by_path,
                GPtrArray *files, GError **error)
{
  const struct timespec times[2] = { { .tv_sec = source->mtime }, { .tv_sec = source->mtime } };
  g_autofree char *path = byte_code_path (source->path, tag);
  WheelFile *file = g_hash_table_lookup (by_path, path);
  mode_t mode = link_mode_kept (0644);
  struct stat st;

  if (fstatat (tree, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
    return errno == ENOENT || fs_fail (error, "look at byte code", path);
  if (!S_ISREG (st.st_mode) || (fchmodat (tree, path, mode, 0) < 0 && !regular_has_no_modes (errno))
      || (utimensat (tree, path, times, AT_SYMLINK_NOFOLLOW) < 0 && !regular_has_no_modes (errno)))
    return fs_fail (error, "write byte code", path);
  if (file == NULL)
    {
      file = g_new0 (WheelFile, 1);
      file->path = g_steal_pointer (&path);
      g_ptr_array_add (files, file);
    }
  g_clear_pointer (&file->hash, g_free);
  file->size = st.st_size;
  file->mtime = source->mtime;
  file->mode = mode;
  return TRUE;
}

/* Adds the byte code of the first n files to them. */
static gboolean
note_all (const WheelScheme *scheme, int tree, const char *tag, GPtrArray *files, guint n,
          GError **error)
{
  g_autoptr (GHashTable) by_path = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < n; i++)
    {
      WheelFile *file = g_ptr_array_index (files, i);
      g_hash_table_insert (by_path, file->path, file);
    }
  for (guint i = 0; i < n; i++)
    {
      const WheelFile *file = g_ptr_array_index (files, i);

      if (is_module (file, scheme) && !note_byte_code (tree, file, tag, by_path, files, error))
        return FALSE;
    }
  return TRUE;
}

static int
compare_strings (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* The names of what is to be compiled, each with its NUL. */
static GString *
list_modules (const WheelScheme *scheme, GPtrArray *files)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new ();
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < files->len; i++)
    {
      const WheelFile *file = g_ptr_array_index (files, i);

      if (is_module (file, scheme))
        g_ptr_array_add (paths, file->path);
    }
  g_ptr_array_sort (paths, compare_strings);
  for (guint i = 0; i < paths->len; i++)
    {
      const char *path = g_ptr_array_index (paths, i);

      g_string_append_len (names, path, strlen (path) + 1);
    }
  return names;
}

/* Compiles the modules among the files of an image, and adds what comes of
 * that to files. */
gboolean
compile_files (const WheelScheme *scheme, int dir, int tree, GPtrArray *files, GError **error)
{
  g_autoptr (GString) names = list_modules (scheme, files);
  g_autofree char *tag = NULL;

  if (names->len == 0)
    return TRUE;
  if (!regular_replace (dir, LIST, names->str, names->len, 0600, NULL))
    return fs_fail (error, "write", LIST);
  tag = run (scheme, tree, error);
  if (unlinkat (dir, LIST, 0) < 0 && tag != NULL)
    return fs_fail (error, "remove", LIST);
  return tag != NULL && note_all (scheme, tree, tag, files, files->len, error);
}
