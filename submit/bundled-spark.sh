# How the Spark that Maven brought is started; sourced by segment-ser and class-archive, which have set
# here, bundled, jar, java and version, the JDK's.

# In one order whatever the locale: an archive of classes belongs to one class path.
class_path=$(LC_ALL=C && IFS=: && set -- "$bundled"/jars/*.jar && echo "$*"):$jar

# Classes that class-archive has prepared for this JDK, so that a JVM need not read and verify them. A JVM
# takes none for another class path, other jars or another build of the JDK than it was made for.
archive=$bundled/classes-$version.jsa

# What Spark gives its JVMs, but for the module that its MLlib uses, of which Java warns.
# BundledSparkTest compares.
spark_jvm=(
  -XX:+IgnoreUnrecognizedVMOptions
  --add-opens=java.base/java.lang=ALL-UNNAMED
  --add-opens=java.base/java.lang.invoke=ALL-UNNAMED
  --add-opens=java.base/java.lang.reflect=ALL-UNNAMED
  --add-opens=java.base/java.io=ALL-UNNAMED
  --add-opens=java.base/java.net=ALL-UNNAMED
  --add-opens=java.base/java.nio=ALL-UNNAMED
  --add-opens=java.base/java.util=ALL-UNNAMED
  --add-opens=java.base/java.util.concurrent=ALL-UNNAMED
  --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED
  --add-opens=java.base/jdk.internal.ref=ALL-UNNAMED
  --add-opens=java.base/sun.nio.ch=ALL-UNNAMED
  --add-opens=java.base/sun.nio.cs=ALL-UNNAMED
  --add-opens=java.base/sun.security.action=ALL-UNNAMED
  --add-opens=java.base/sun.util.calendar=ALL-UNNAMED
  --add-opens=java.security.jgss/sun.security.krb5=ALL-UNNAMED
  -Djdk.reflect.useDirectMethodHandle=false
  -Dio.netty.tryReflectionSetAccessible=true
  -Dio.netty.allocator.type=pooled
  -Dio.netty.handler.ssl.defaultEndpointVerificationAlgorithm=NONE
  --enable-native-access=ALL-UNNAMED
  -Dderby.connection.requireAuthentication=false
)


# C2 compiles what is hot ten times later than by default: in the first seconds it would take the cores
# that a small run needs, and what a long one needs is hot soon enough.
warm_up=(
  -XX:Tier4InvocationThreshold=50000
  -XX:Tier4MinInvocationThreshold=6000
  -XX:Tier4CompileThreshold=150000
  -XX:Tier4BackEdgeThreshold=400000
)

# Whether Spark's own launcher must be asked for the command, as something is set that it looks up.
needs_launcher() {
  local word
  [[ -n ${SPARK_DRIVER_MEMORY:-}${SPARK_MEM:-}${SPARK_PREPEND_CLASSES:-}${SPARK_DIST_CLASSPATH:-} ||
    -n ${HADOOP_CONF_DIR:-}${YARN_CONF_DIR:-} || ${SPARK_SUBMIT_OPTS:-} == *[\"\'\\]* ||
    -e $SPARK_CONF_DIR/java-opts ]] && return 0
  for word in "${spark[@]+"${spark[@]}"}"; do
    case $word in
      --driver-* | *spark.driver.* | --properties-file* | --remote* | *spark.remote* | --status* | --kill* | \
        --help | -h | --usage-error | --version) return 0 ;;
    esac
  done
  grep -qsE '^[[:space:]]*spark\.(driver\.|remote)' "$here/conf/spark-defaults.conf" \
    "$SPARK_CONF_DIR/spark-defaults.conf"
}

# Sets start (what comes before the class path), path and jvm (what comes behind it) as Spark's launcher
# has them.
ask_launcher() {
  local word command=() status i=0
  while IFS= read -r -d '' word; do
    command+=("${word#$'\n'}")
  done < <("$java" -Xmx128m -cp "$bundled/jars/*" org.apache.spark.launcher.Main \
    org.apache.spark.deploy.SparkSubmit "${options[@]}" "${spark[@]+"${spark[@]}"}" "$jar" \
    "${app[@]+"${app[@]}"}"; printf '%d\0' $?)
  status=${command[-1]}
  if [[ $status != 0 ]]; then
    exit "$status"
  fi
  # The first word is an empty line.
  start=()
  for ((i = 1; i < ${#command[@]}; i++)); do
    [[ ${command[i]} != -cp ]] || break
    start+=("${command[i]}")
  done
  # EXTRA:CONF:JARS:MORE becomes EXTRA:JARS:CONF:MORE, as an archive has no directories.
  path=${command[i + 1]}
  local before=${path%%"$bundled/jars/"*}
  path=${before%"${SPARK_CONF_DIR%/}"*}$class_path:$SPARK_CONF_DIR${path##*"$bundled/jars/*"}
  jvm=()
  for word in "${command[@]:i+2}"; do
    [[ $word != org.apache.spark.deploy.SparkSubmit ]] || break
    [[ $word == --add-modules=jdk.incubator.vector ]] || jvm+=("$word")
  done
}

# Becomes the JVM that runs the command: its words are in app, and those for spark-submit in options and
# spark.
start_bundled() {
  local start=("$java") path=$class_path:$SPARK_CONF_DIR jvm=() quick=("${warm_up[@]}") resource=$jar
  local entry=(org.segmentser.cli.Start "${#app[@]}" "${app[@]+"${app[@]}"}")
  if needs_launcher; then
    ask_launcher
  else
    IFS=' ' read -ra jvm <<<"${SPARK_SUBMIT_OPTS:-}"
    jvm+=(-Xmx1g "${spark_jvm[@]}")
  fi
  if [[ -r $archive ]]; then
    # That it does not fit is nobody's business.
    quick+=(-XX:SharedArchiveFile="$archive" -Xlog:cds=off -Xlog:cds+dynamic=off)
  fi
  if [[ ! "${JAVA_TOOL_OPTIONS:-} ${JDK_JAVA_OPTIONS:-} ${jvm[*]}" =~ -XX:\+Use[A-Za-z]*GC ]]; then
    quick+=(-XX:+UseParallelGC)
  fi
  # Where executors are this JVM, they need not fetch the jar.
  if [[ $(value_of --master) =~ ^local(\[.*)?$ ]]; then
    resource=spark-internal
  fi
  if [[ ${#app[@]} == 0 && ${#spark[@]} != 0 ]]; then
    # Such as its --version.
    entry=(org.apache.spark.deploy.SparkSubmit)
  fi
  exec "${start[@]}" "${quick[@]}" -cp "$path" "${jvm[@]}" "${entry[@]}" \
    "${options[@]}" "${spark[@]+"${spark[@]}"}" "$resource" "${app[@]+"${app[@]}"}"
}
