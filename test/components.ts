/** @file Before each file of component tests: the styles that the page loads. */
import '@mantine/core/styles.css';
