# To be sourced. `install_python DIR REQUIREMENTS` puts the libraries into DIR and says in $PYTHON how to run Python with them:
# in an environment of their own, or, where Python came without `venv`, in a folder beside.
install_python() {
  local place=$1 requirements=$2
  export PIP_DISABLE_PIP_VERSION_CHECK=1
  if [ -x "$place/bin/pip" ] || python3 -m venv "$place" >/dev/null 2>&1; then
    "$place/bin/pip" install --quiet --requirement "$requirements"
    PYTHON=$(realpath --no-symlinks "$place/bin/python")
  else
    rm -rf "$place"
    python3 -m pip install --quiet --target "$place/packages" --upgrade --requirement "$requirements"
    PYTHON=python3
    PYTHONPATH=$(realpath "$place/packages")
    export PYTHONPATH
  fi
  export PYTHON
}
