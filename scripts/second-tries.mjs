/** Names each test that passed only on its second try, with what went wrong on the first: a race to be found. */
export default class SecondTries {
  onTestRunEnd(modules) {
    for (const module of modules)
      for (const test of module.children.allTests()) {
        if (!test.diagnostic()?.flaky) continue;
        const [first] = test.result().errors ?? [];
        console.log(`second try: ${module.relativeModuleId} > ${test.fullName}\n  ${first?.message ?? ''}`);
      }
  }
}
